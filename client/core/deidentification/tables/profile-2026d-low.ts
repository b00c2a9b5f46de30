/**
 * First half. Rows of PS3.15 Table E.1-1, edition 2026d: facts only.
 * DICOM PS3.15 2026d, (c) NEMA. Columns: tag, VR, Basic Profile, then a letter for each option in the order of OPTION_KEYS, name.
 */
export const PROFILE_ROWS_LOW = `
00001000 UI    X      .K........ Affected SOP Instance UID
00001001 UI    U      .K........ Requested SOP Instance UID
00020003 UI    U      .K........ Media Storage SOP Instance UID
00041511 UI    U      .K........ Referenced SOP Instance UID in File
00080012 DA    X/D    .....KC... Instance Creation Date
00080013 TM    X/Z/D  .....KC... Instance Creation Time
00080014 UI    U      .K........ Instance Creator UID
00080015 DT    X      .....KC... Instance Coercion DateTime
00080017 UI    U      .K........ Acquisition UID
00080018 UI    U      .K........ SOP Instance UID
00080019 UI    U      .K........ Pyramid UID
00080020 DA    Z      .....KC... Study Date
00080021 DA    X/D    .....KC... Series Date
00080022 DA    X/Z    .....KC... Acquisition Date
00080023 DA    Z/D    .....KC... Content Date
00080024 DA    X      .....KC... Overlay Date
00080025 DA    X      .....KC... Curve Date
0008002A DT    X/Z/D  .....KC... Acquisition DateTime
00080030 TM    Z      .....KC... Study Time
00080031 TM    X/D    .....KC... Series Time
00080032 TM    X/Z    .....KC... Acquisition Time
00080033 TM    Z/D    .....KC... Content Time
00080034 TM    X      .....KC... Overlay Time
00080035 TM    X      .....KC... Curve Time
00080050 SH    Z      .......... Accession Number
00080054 AE    X      ..C....... Retrieve AE Title
00080055 AE    X      ..C....... Station AE Title
00080058 UI    U      .K........ Failed SOP Instance UID List
00080080 LO    X/Z/D  ...K...... Institution Name
00080081 ST    X      ...K...... Institution Address
00080082 SQ    X/Z/D  ...K...... Institution Code Sequence
00080090 PN    Z      .......... Referring Physician's Name
00080092 ST    X      .......... Referring Physician's Address
00080094 SH    X      .......... Referring Physician's Telephone Numbers
00080096 SQ    X      .......... Referring Physician Identification Sequence
0008009C PN    Z      .......... Consulting Physician's Name
0008009D SQ    X      .......... Consulting Physician Identification Sequence
00080106 DT    D      .....KC... Context Group Version
00080107 DT    D      .....KC... Context Group Local Version
00080201 SH    X      .....KC... Timezone Offset From UTC
00081000 AE    X      ..C....... Network ID
00081010 SH    X/Z/D  ..K....... Station Name
00081030 LO    X      .......C.. Study Description
0008103E LO    X      .......C.. Series Description
00081040 LO    X      ...K...... Institutional Department Name
00081041 SQ    X      ...K...... Institutional Department Type Code Sequence
00081048 PN    X      .......... Physician(s) of Record
00081049 SQ    X      .......... Physician(s) of Record Identification Sequence
00081050 PN    X      .......... Performing Physician's Name
00081052 SQ    X      .......... Performing Physician Identification Sequence
00081060 PN    X      .......... Name of Physician(s) Reading Study
00081062 SQ    X      .......... Physician(s) Reading Study Identification Sequence
00081070 PN    X/Z/D  .......... Operators' Name
00081072 SQ    X/D    .......... Operator Identification Sequence
00081080 LO    X      .......C.. Admitting Diagnoses Description
00081084 SQ    X      .......C.. Admitting Diagnoses Code Sequence
00081088 LO    X      .......C.. Pyramid Description
00081110 SQ    X/Z    .K........ Referenced Study Sequence
00081111 SQ    X/Z/D  .K........ Referenced Performed Procedure Step Sequence
00081120 SQ    X      .K........ Referenced Patient Sequence
00081140 SQ    X/Z/U* .K........ Referenced Image Sequence
00081155 UI    U      .K........ Referenced SOP Instance UID
00081195 UI    U      .K........ Transaction UID
00081301 SQ    X      .......C.. Principal Diagnosis Code Sequence
00081302 SQ    X      .......C.. Primary Diagnosis Code Sequence
00081303 SQ    X      .......C.. Secondary Diagnoses Code Sequence
00081304 SQ    X      .......C.. Histological Diagnoses Code Sequence
00082111 ST    X      .......C.. Derivation Description
00082112 SQ    X/Z/U* .K........ Source Image Sequence
00083010 UI    U      .K........ Irradiation Event UID
00084000 LT    X      .......C.. Identifying Comments
00100010 PN    Z      .......... Patient's Name
00100011 SQ    X      .......... Person Names to Use Sequence
00100012 LT    X      .......... Name to Use
00100013 UT    X      .......... Name to Use Comment
00100014 SQ    X      .......... Third Person Pronouns Sequence
00100015 SQ    X      .......... Pronoun Code Sequence
00100016 UT    X      .......C.. Pronoun Comment
00100020 LO    Z/D    .......... Patient ID
00100021 LO    X      .......... Issuer of Patient ID
00100030 DA    Z      .......... Patient's Birth Date
00100032 TM    X      .......... Patient's Birth Time
00100040 CS    Z      ....K..... Patient's Sex
00100041 SQ    X      .......... Gender Identity Sequence
00100042 UT    X      ....C..C.. Sex Parameters for Clinical Use Category Comment
00100043 SQ    X      ....K..... Sex Parameters for Clinical Use Category Sequence
00100044 SQ    X      .......... Gender Identity Code Sequence
00100045 UT    X      .......C.. Gender Identity Comment
00100046 SQ    X      ....K..... Sex Parameters for Clinical Use Category Code Sequence
00100047 UR    X      ....K..... Sex Parameters for Clinical Use Category Reference
00100050 SQ    X      .......... Patient's Insurance Plan Code Sequence
00100101 SQ    X      .......... Patient's Primary Language Code Sequence
00100102 SQ    X      .......... Patient's Primary Language Modifier Code Sequence
00101000 LO    X      .......... Other Patient IDs
00101001 PN    X      .......... Other Patient Names
00101002 SQ    X      .......... Other Patient IDs Sequence
00101005 PN    X      .......... Patient's Birth Name
00101010 AS    X      ....K..... Patient's Age
00101020 DS    X      ....K..... Patient's Size
00101030 DS    X      ....K..... Patient's Weight
00101040 LO    X      .......... Patient's Address
00101050 LO    X      .......... Insurance Plan Identification
00101060 PN    X      .......... Patient's Mother's Birth Name
00101080 LO    X      .......... Military Rank
00101081 LO    X      .......... Branch of Service
00101090 LO    X      .......... Medical Record Locator
00101100 SQ    X      .......... Referenced Patient Photo Sequence
00102000 LO    X      .......C.. Medical Alerts
00102110 LO    X      ....C..C.. Allergies
00102150 LO    X      .......... Country of Residence
00102152 LO    X      .......... Region of Residence
00102154 SH    X      .......... Patient's Telephone Numbers
00102155 LT    X      .......... Patient's Telecom Information
00102160 SH    X      ....K..... Ethnic Group
00102161 SQ    X      ....K..... Ethnic Group Code Sequence
00102162 UC    X      ....K..... Ethnic Groups
00102180 SH    X      .......C.. Occupation
001021A0 CS    X      ....K..... Smoking Status
001021B0 LT    X      .......C.. Additional Patient History
001021C0 US    X      ....K..... Pregnancy Status
001021D0 DA    X      .....KC... Last Menstrual Date
001021F0 LO    X      .......... Patient's Religious Preference
00102203 CS    X/Z    ....K..... Patient's Sex Neutered
00102297 PN    X      .......... Responsible Person
00102299 LO    X      .......... Responsible Organization
00104000 LT    X      .......C.. Patient Comments
00120010 LO    D      .......... Clinical Trial Sponsor Name
00120020 LO    D      .......... Clinical Trial Protocol ID
00120021 LO    Z      .......... Clinical Trial Protocol Name
00120022 LO    X      .......... Issuer of Clinical Trial Protocol ID
00120023 SQ    X      .......... Other Clinical Trial Protocol IDs Sequence
00120030 LO    Z      ...K...... Clinical Trial Site ID
00120031 LO    Z      ...K...... Clinical Trial Site Name
00120032 LO    X      .......... Issuer of Clinical Trial Site ID
00120040 LO    D      .......... Clinical Trial Subject ID
00120041 LO    X      .......... Issuer of Clinical Trial Subject ID
00120042 LO    D      .......... Clinical Trial Subject Reading ID
00120043 LO    X      .......... Issuer of Clinical Trial Subject Reading ID
00120050 LO    Z      .......... Clinical Trial Time Point ID
00120051 ST    X      .......C.. Clinical Trial Time Point Description
00120055 LO    X      .......... Issuer of Clinical Trial Time Point ID
00120060 LO    Z      ...K...... Clinical Trial Coordinating Center Name
00120071 LO    X      .......... Clinical Trial Series ID
00120072 LO    X      .......C.. Clinical Trial Series Description
00120073 LO    X      .......... Issuer of Clinical Trial Series ID
00120081 LO    D      ...K...... Clinical Trial Protocol Ethics Committee Name
00120082 LO    X      .......... Clinical Trial Protocol Ethics Committee Approval Number
00120086 DA    X      .....KC... Ethics Committee Approval Effectiveness Start Date
00120087 DA    X      .....KC... Ethics Committee Approval Effectiveness End Date
0014407C TM    X      ..K..KC... Calibration Time
0014407E DA    X      ..K..KC... Calibration Date
0016002B OB    X      .......C.. Maker Note
0016004B OB    X      .......C.. Device Setting Description
0016004D UT    X      .......... Camera Owner Name
0016004E DS    X      ..K....... Lens Specification
0016004F UT    X      ..K....... Lens Make
00160050 UT    X      ..K....... Lens Model
00160051 UT    X      ..K....... Lens Serial Number
00160070 OB    X      .......... GPS Version ID
00160071 CS    X      .......... GPS Latitude Ref
00160072 DS    X      .......... GPS Latitude
00160073 CS    X      .......... GPS Longitude Ref
00160074 DS    X      .......... GPS Longitude
00160075 US    X      .......... GPS Altitude Ref
00160076 DS    X      .......... GPS Altitude
00160077 DT    X      .......... GPS Time Stamp
00160078 UT    X      .......... GPS Satellites
00160079 CS    X      .......... GPS Status
0016007A CS    X      .......... GPS Measure Mode
0016007B DS    X      .......... GPS DOP
0016007C CS    X      .......... GPS Speed Ref
0016007D DS    X      .......... GPS Speed
0016007E CS    X      .......... GPS Track Ref
0016007F DS    X      .......... GPS Track
00160080 CS    X      .......... GPS Img Direction Ref
00160081 DS    X      .......... GPS Img Direction
00160082 UT    X      .......... GPS Map Datum
00160083 CS    X      .......... GPS Dest Latitude Ref
00160084 DS    X      .......... GPS Dest Latitude
00160085 CS    X      .......... GPS Dest Longitude Ref
00160086 DS    X      .......... GPS Dest Longitude
00160087 CS    X      .......... GPS Dest Bearing Ref
00160088 DS    X      .......... GPS Dest Bearing
00160089 CS    X      .......... GPS Dest Distance Ref
0016008A DS    X      .......... GPS Dest Distance
0016008B OB    X      .......... GPS Processing Method
0016008C OB    X      .......... GPS Area Information
0016008D DT    X      .....KC... GPS Date Stamp
0016008E IS    X      .......... GPS Differential
00180010 LO    Z/D    .......C.. Contrast/Bolus Agent
00180027 TM    X      .....KC... Intervention Drug Stop Time
00180035 TM    X      .....KC... Intervention Drug Start Time
00181000 LO    X/Z/D  ..K....... Device Serial Number
00181002 UI    U      .KK....... Device UID
00181004 LO    X      ..K....... Plate ID
00181005 LO    X      ..K....... Generator ID
00181007 LO    X      ..K....... Cassette ID
00181008 LO    X      ..K....... Gantry ID
00181009 UT    X      ..K....... Unique Device Identifier
0018100A SQ    X      ..K....... UDI Sequence
0018100B UI    U      .KK....... Manufacturer's Device Class UID
00181010 LO    X      ..K....... Secondary Capture Device ID
00181011 LO    X      ..K....... Hardcopy Creation Device ID
00181012 DA    X      .....KC... Date of Secondary Capture
00181014 TM    X      .....KC... Time of Secondary Capture
00181030 LO    X/D    .......C.. Protocol Name
00181042 TM    X      .....KC... Contrast/Bolus Start Time
00181043 TM    X      .....KC... Contrast/Bolus Stop Time
00181072 TM    X      .....KC... Radiopharmaceutical Start Time
00181073 TM    X      .....KC... Radiopharmaceutical Stop Time
00181078 DT    X      .....KC... Radiopharmaceutical Start DateTime
00181079 DT    X      .....KC... Radiopharmaceutical Stop DateTime
001811BB LO    D      .......C.. Acquisition Field Of View Label
00181200 DA    X      ..K..KC... Date of Last Calibration
00181201 TM    X      ..K..KC... Time of Last Calibration
00181202 DT    X      ..K..KC... DateTime of Last Calibration
00181203 DT    Z      ..K..KC... Calibration DateTime
00181204 DA    X      ..K..KC... Date of Manufacture
00181205 DA    X      ..K..KC... Date of Installation
00181400 LO    X/D    .......C.. Acquisition Device Processing Description
00182042 UI    U      .K........ Target UID
00184000 LT    X      .......C.. Acquisition Comments
00185011 SQ    X      ..K....... Transducer Identification Sequence
0018700A SH    X/D    ..K....... Detector ID
0018700C DA    X/D    ..K..KC... Date of Last Detector Calibration
0018700E TM    X/D    ..K..KC... Time of Last Detector Calibration
00189074 DT    D      .....KC... Frame Acquisition DateTime
00189151 DT    D      .....KC... Frame Reference DateTime
00189185 ST    X      .......C.. Respiratory Motion Compensation Technique Description
00189367 UC    D      ..K....... X-Ray Source ID
00189369 DT    D      .....KC... Source Start DateTime
0018936A DT    D      .....KC... Source End DateTime
00189371 UC    D      ..K....... X-Ray Detector ID
00189373 ST    X      ..K....... X-Ray Detector Label
0018937B UT    X      .......C.. Multi-energy Acquisition Description
0018937F UT    X      .......C.. Decomposition Description
00189424 LT    X      .......C.. Acquisition Protocol Description
00189516 DT    X/D    .....KC... Start Acquisition DateTime
00189517 DT    X/D    .....KC... End Acquisition DateTime
00189623 DT    D      .....KC... Functional Sync Pulse
00189701 DT    D      .....KC... Decay Correction DateTime
00189804 DT    D      .....KC... Exclusion Start DateTime
00189919 DT    Z/D    .....KC... Instruction Performed DateTime
00189937 LO    X      .......C.. Requested Series Description
0018A002 DT    X      .....KC... Contribution DateTime
0018A003 ST    X      .......C.. Contribution Description
0020000D UI    U      .K........ Study Instance UID
0020000E UI    U      .K........ Series Instance UID
00200010 SH    Z      .......... Study ID
00200027 LO    X      .......C.. Pyramid Label
00200052 UI    U      .K........ Frame of Reference UID
00200200 UI    U      .K........ Synchronization Frame of Reference UID
00203401 CS    X      ..K....... Modifying Device ID
00203403 DA    X      .....KC... Modified Image Date
00203405 TM    X      .....KC... Modified Image Time
00203406 LO    X      .......... Modified Image Description
00204000 LT    X      .......C.. Image Comments
00209158 LT    X      .......C.. Frame Comments
00209161 UI    U      .K........ Concatenation UID
00209164 UI    U      .K........ Dimension Organization UID
00281199 UI    U      .K........ Palette Color Lookup Table UID
00281214 UI    U      .K........ Large Palette Color Lookup Table UID
00284000 LT    X      .......... Image Presentation Comments
00320012 LO    X      .......... Study ID Issuer
00320032 DA    X      .....KC... Study Verified Date
00320033 TM    X      .....KC... Study Verified Time
00320034 DA    X      .....KC... Study Read Date
00320035 TM    X      .....KC... Study Read Time
00321000 DA    X      .....KC... Scheduled Study Start Date
00321001 TM    X      .....KC... Scheduled Study Start Time
00321010 DA    X      .....KC... Scheduled Study Stop Date
00321011 TM    X      .....KC... Scheduled Study Stop Time
00321020 LO    X      ..K....... Scheduled Study Location
00321021 AE    X      ..C....... Scheduled Study Location AE Title
00321030 LO    X      .......C.. Reason for Study
00321032 PN    X      .......... Requesting Physician
00321033 LO    X      .......C.. Requesting Service
00321040 DA    X      .....KC... Study Arrival Date
00321041 TM    X      .....KC... Study Arrival Time
00321050 DA    X      .....KC... Study Completion Date
00321051 TM    X      .....KC... Study Completion Time
00321060 LO    X/Z    .......C.. Requested Procedure Description
00321066 UT    X      .......C.. Reason for Visit
00321067 SQ    X      .......C.. Reason for Visit Code Sequence
00321070 LO    X      .......C.. Requested Contrast Agent
00324000 LT    X      .......C.. Study Comments
00340001 SQ    D      .......... Flow Identifier Sequence
00340002 OB    D      .......... Flow Identifier
00340005 OB    D      .......... Source Identifier
00340007 OB    D      .....KC... Frame Origin Timestamp
00380004 SQ    X      .......... Referenced Patient Alias Sequence
00380010 LO    X      .......... Admission ID
00380011 LO    X      .......... Issuer of Admission ID
00380014 SQ    X      .......... Issuer of Admission ID Sequence
0038001A DA    X      .....KC... Scheduled Admission Date
0038001B TM    X      .....KC... Scheduled Admission Time
0038001C DA    X      .....KC... Scheduled Discharge Date
0038001D TM    X      .....KC... Scheduled Discharge Time
0038001E LO    X      .......... Scheduled Patient Institution Residence
00380020 DA    X      .....KC... Admitting Date
00380021 TM    X      .....KC... Admitting Time
00380030 DA    X      .....KC... Discharge Date
00380032 TM    X      .....KC... Discharge Time
00380040 LO    X      .......C.. Discharge Diagnosis Description
00380050 LO    X      ....C..... Special Needs
00380060 LO    X      .......... Service Episode ID
00380061 LO    X      .......... Issuer of Service Episode ID
00380062 LO    X      .......C.. Service Episode Description
00380064 SQ    X      .......... Issuer of Service Episode ID Sequence
00380300 LO    X      .......... Current Patient Location
00380400 LO    X      .......... Patient's Institution Residence
00380500 LO    X      ....C..C.. Patient State
00384000 LT    X      .......C.. Visit Comments
003A0020 SH    X      .......C.. Multiplex Group Label
003A0203 SH    X      .......C.. Channel Label
003A020C LO    X      .......C.. Channel Derivation Description
003A0310 UI    U      .K........ Multiplex Group UID
003A0314 DT    D      .....KC... Impedance Measurement DateTime
003A0329 ST    X      .......C.. Waveform Filter Description
003A032B ST    X      .......C.. Filter Lookup Table Description
00400001 AE    X      ..C....... Scheduled Station AE Title
00400002 DA    X      .....KC... Scheduled Procedure Step Start Date
00400003 TM    X      .....KC... Scheduled Procedure Step Start Time
00400004 DA    X      .....KC... Scheduled Procedure Step End Date
00400005 TM    X      .....KC... Scheduled Procedure Step End Time
00400006 PN    X      .......... Scheduled Performing Physician's Name
00400007 LO    X      .......C.. Scheduled Procedure Step Description
00400009 SH    X      .......... Scheduled Procedure Step ID
0040000B SQ    X      .......... Scheduled Performing Physician Identification Sequence
00400010 SH    X      ..K....... Scheduled Station Name
`;
