/**
 * Second half. Rows of PS3.15 Table E.1-1, edition 2026d: facts only.
 * DICOM PS3.15 2026d, (c) NEMA. Columns: tag, VR, Basic Profile, then a letter for each option in the order of OPTION_KEYS, name.
 */
export const PROFILE_ROWS_HIGH = `
00400011 SH    X      ..K....... Scheduled Procedure Step Location
00400012 LO    X      ....C..... Pre-Medication
00400241 AE    X      ..C....... Performed Station AE Title
00400242 SH    X      ..K....... Performed Station Name
00400243 SH    X      .......... Performed Location
00400244 DA    X      .....KC... Performed Procedure Step Start Date
00400245 TM    X      .....KC... Performed Procedure Step Start Time
00400250 DA    X      .....KC... Performed Procedure Step End Date
00400251 TM    X      .....KC... Performed Procedure Step End Time
00400253 SH    X      .......... Performed Procedure Step ID
00400254 LO    X      .......C.. Performed Procedure Step Description
00400275 SQ    X      .......C.. Request Attributes Sequence
00400280 ST    X      .......C.. Comments on the Performed Procedure Step
00400310 ST    X      .......C.. Comments on Radiation Dose
0040050A LO    X      .......... Specimen Accession Number
00400512 LO    D      .......... Container Identifier
00400513 SQ    Z      .......... Issuer of the Container Identifier Sequence
0040051A LO    X      .......C.. Container Description
00400551 LO    D      .......... Specimen Identifier
00400554 UI    U      .K........ Specimen UID
00400555 SQ    X/Z    ........C. Acquisition Context Sequence
00400556 ST    X      .......C.. Acquisition Context Description
00400562 SQ    Z      .......... Issuer of the Specimen Identifier Sequence
00400600 LO    X      .......C.. Specimen Short Description
00400602 UT    X      .......C.. Specimen Detailed Description
00400610 SQ    Z      ........C. Specimen Preparation Sequence
004006FA LO    X      .......... Slide Identifier
00401001 SH    X      .......... Requested Procedure ID
00401002 LO    X      .......C.. Reason for the Requested Procedure
00401004 LO    X      .......... Patient Transport Arrangements
00401005 LO    X      .......... Requested Procedure Location
0040100A SQ    X      .......C.. Reason for Requested Procedure Code Sequence
00401010 PN    X      .......... Names of Intended Recipients of Results
00401011 SQ    X      .......... Intended Recipients of Results Identification Sequence
00401101 SQ    D      .......... Person Identification Code Sequence
00401102 ST    X      .......... Person's Address
00401103 LO    X      .......... Person's Telephone Numbers
00401104 LT    X      .......... Person's Telecom Information
00401400 LT    X      .......C.. Requested Procedure Comments
00402001 LO    X      .......C.. Reason for the Imaging Service Request
00402004 DA    X      .....KC... Issue Date of Imaging Service Request
00402005 TM    X      .....KC... Issue Time of Imaging Service Request
00402008 PN    X      .......... Order Entered By
00402009 SH    X      .......... Order Enterer's Location
00402010 SH    X      .......... Order Callback Phone Number
00402011 LT    X      .......... Order Callback Telecom Information
00402016 LO    Z      .......... Placer Order Number / Imaging Service Request
00402017 LO    Z      .......... Filler Order Number / Imaging Service Request
00402400 LT    X      .......C.. Imaging Service Request Comments
00403001 LO    X      .......... Confidentiality Constraint on Patient Data Description
00404005 DT    X      .....KC... Scheduled Procedure Step Start DateTime
00404008 DT    X      .....KC... Scheduled Procedure Step Expiration DateTime
00404010 DT    X      .....KC... Scheduled Procedure Step Modification DateTime
00404011 DT    X      .....KC... Expected Completion DateTime
00404023 UI    U      .K........ Referenced General Purpose Scheduled Procedure Step Transaction UID
00404025 SQ    X      ..K....... Scheduled Station Name Code Sequence
00404027 SQ    X      ..K....... Scheduled Station Geographic Location Code Sequence
00404028 SQ    X      ..K....... Performed Station Name Code Sequence
00404030 SQ    X      ..K....... Performed Station Geographic Location Code Sequence
00404034 SQ    X      .......... Scheduled Human Performers Sequence
00404035 SQ    X      .......... Actual Human Performers Sequence
00404036 LO    X      .......... Human Performer's Organization
00404037 PN    X      .......... Human Performer's Name
00404050 DT    X      .....KC... Performed Procedure Step Start DateTime
00404051 DT    X      .....KC... Performed Procedure Step End DateTime
00404052 DT    X      .....KC... Procedure Step Cancellation DateTime
0040A023 DA    X      .....KC... Findings Group Recording Date (Trial)
0040A024 TM    X      .....KC... Findings Group Recording Time (Trial)
0040A027 LO    D      .......... Verifying Organization
0040A030 DT    D      .....KC... Verification DateTime
0040A032 DT    X/D    .....KC... Observation DateTime
0040A033 DT    X      .....KC... Observation Start DateTime
0040A034 DT    X      .....KC... Effective Start DateTime
0040A035 DT    X      .....KC... Effective Stop DateTime
0040A073 SQ    D      .......... Verifying Observer Sequence
0040A075 PN    D      .......... Verifying Observer Name
0040A078 SQ    X      .......... Author Observer Sequence
0040A07A SQ    X      .......... Participant Sequence
0040A07C SQ    X      .......... Custodial Organization Sequence
0040A082 DT    Z      .....KC... Participation DateTime
0040A088 SQ    Z      .......... Verifying Observer Identification Code Sequence
0040A110 DA    X      .....KC... Date of Document or Verbal Transaction (Trial)
0040A112 TM    X      .....KC... Time of Document Creation or Verbal Transaction (Trial)
0040A120 DT    D      .....KC... DateTime
0040A121 DA    D      .....KC... Date
0040A122 TM    D      .....KC... Time
0040A123 PN    D      .......... Person Name
0040A124 UI    U      .......... UID
0040A13A DT    D      .....KC... Referenced DateTime
0040A171 UI    U      .K........ Observation UID
0040A172 UI    U      .K........ Referenced Observation UID (Trial)
0040A192 DA    X      .....KC... Observation Date (Trial)
0040A193 TM    X      .....KC... Observation Time (Trial)
0040A307 PN    X      .......... Current Observer (Trial)
0040A352 PN    X      .......... Verbal Source (Trial)
0040A353 ST    X      .......... Address (Trial)
0040A354 LO    X      .......... Telephone Number (Trial)
0040A358 SQ    X      .......... Verbal Source Identifier Code Sequence (Trial)
0040A402 UI    U      .K........ Observation Subject UID (Trial)
0040A730 SQ    D      ........C. Content Sequence
0040B020 SQ    X/D    ........C. Waveform Annotation Sequence
0040B034 DT    X      .....KC... Annotation DateTime
0040B036 DT    X      .....KC... Segment Definition DateTime
0040B03B LT    X      .......C.. Montage Name
0040B03F LO    X      .......C.. Montage Channel Label
0040DB06 DT    X      .....KC... Template Version
0040DB07 DT    X      .....KC... Template Local Version
0040DB0C UI    U      .K........ Template Extension Organization UID
0040DB0D UI    U      .K........ Template Extension Creator UID
0040E004 DT    X      .....KC... HL7 Document Effective Time
0040E012 UR    X      .......... Display URI
00420011 OB    D      .......... Encapsulated Document
00440004 DT    X      .....KC... Approval Status DateTime
0044000B DT    X      .....KC... Product Expiration DateTime
00440010 DT    X      .....KC... Substance Administration DateTime
00440104 DT    D      .....KC... Assertion DateTime
00440105 DT    X      .....KC... Assertion Expiration DateTime
0050001B LO    X      .......... Container Component ID
00500020 LO    X      ..K....... Device Description
00500021 ST    X      .......C.. Long Device Description
00620021 UI    U      .K........ Tracking UID
00640003 UI    U      .K........ Source Frame of Reference UID
00686226 DT    D      .....KC... Effective DateTime
00686270 DT    D      .....KC... Information Issue DateTime
006A0003 UI    D      .K........ Annotation Group UID
006A0005 LO    D      .......C.. Annotation Group Label
006A0006 UT    X      .......C.. Annotation Group Description
00700001 SQ    D      .........C Graphic Annotation Sequence
00700006 ST    D      .......C.. Unformatted Text Value
00700082 DA    X      .....KC... Presentation Creation Date
00700083 TM    X      .....KC... Presentation Creation Time
00700084 PN    Z/D    .......... Content Creator's Name
00700086 SQ    X      .......... Content Creator's Identification Code Sequence
0070031A UI    U      .K........ Fiducial UID
00701101 UI    U      .K........ Presentation Display Collection UID
00701102 UI    U      .K........ Presentation Sequence Collection UID
0072000A DT    D      .....KC... Hanging Protocol Creation DateTime
0072005E AE    D      ..C....... Selector AE Value
0072005F AS    D      ....K..... Selector AS Value
00720061 DA    D      .....KC... Selector DA Value
00720063 DT    D      .....KC... Selector DT Value
00720065 OB    D      .......... Selector OB Value
00720066 LO    D      .......C.. Selector LO Value
00720068 LT    D      .......C.. Selector LT Value
0072006A PN    D      .......... Selector PN Value
0072006B TM    D      .....KC... Selector TM Value
0072006C SH    D      .......C.. Selector SH Value
0072006D UN    D      .......... Selector UN Value
0072006E ST    D      .......C.. Selector ST Value
00720070 UT    D      .......C.. Selector UT Value
00720071 UR    D      .......... Selector UR Value
00741234 AE    X      ..C....... Receiving AE
00741236 AE    X      ..C....... Requesting AE
00880140 UI    U      .K........ Storage Media File-set UID
00880200 SQ    X      .......... Icon Image Sequence
00880904 LO    X      .......... Topic Title
00880906 ST    X      .......... Topic Subject
00880910 LO    X      .......... Topic Author
00880912 LO    X      .......... Topic Keywords
01000420 DT    X      .....KC... SOP Authorization DateTime
04000100 UI    U      .......... Digital Signature UID
04000105 DT    D      .....KC... Digital Signature DateTime
04000115 OB    D      .......... Certificate of Signer
04000310 OB    X      .....KC... Certified Timestamp
04000402 SQ    X      .......... Referenced Digital Signature Sequence
04000403 SQ    X      .......... Referenced SOP Instance MAC Sequence
04000404 OB    X      .......... MAC
04000550 SQ    X      .......... Modified Attributes Sequence
04000551 SQ    X      .......... Nonconforming Modified Attributes Sequence
04000552 OB    X      .......... Nonconforming Data Element Value
04000561 SQ    X      .......... Original Attributes Sequence
04000562 DT    D      .....KC... Attribute Modification DateTime
04000563 LO    D      ..K....... Modifying System
04000564 LO    Z      ...K...... Source of Previous Values
04000565 CS    D      .......C.. Reason for the Attribute Modification
04000600 CS    X      .......... Instance Origin Status
20300020 LO    X      .......... Text String
21000040 DA    X      .....KC... Creation Date
21000050 TM    X      .....KC... Creation Time
21000070 AE    X      ..C....... Originator
21000140 AE    D      ..C....... Destination AE
22000002 UT    X/Z    .......C.. Label Text
22000005 LT    X/Z    .......... Barcode Value
30020121 LO    X      .......C.. Position Acquisition Template Name
30020123 LT    X      .......C.. Position Acquisition Template Description
3004007F LO    X      .......C.. Dose Calculation Model Name
30060002 SH    D      .......C.. Structure Set Label
30060004 LO    X      .......C.. Structure Set Name
30060006 ST    X      .......C.. Structure Set Description
30060008 DA    Z      .....KC... Structure Set Date
30060009 TM    Z      .....KC... Structure Set Time
30060024 UI    U      .K........ Referenced Frame of Reference UID
30060026 LO    Z      .......C.. ROI Name
30060028 ST    X      .......C.. ROI Description
3006002D DT    X      .....KC... ROI DateTime
3006002E DT    X      .....KC... ROI Observation DateTime
30060038 LO    X      .......C.. ROI Generation Description
3006004D SQ    X      .......... ROI Creator Sequence
3006004E SQ    X      .......... ROI Interpreter Sequence
30060085 SH    X      .......C.. ROI Observation Label
30060088 ST    X      .......C.. ROI Observation Description
300600A6 PN    Z      .......... ROI Interpreter
300600C2 UI    U      .K........ Related Frame of Reference UID
30080024 DA    D      .....KC... Treatment Control Point Date
30080025 TM    D      .....KC... Treatment Control Point Time
30080054 DA    X/D    .....KC... First Treatment Date
30080056 DA    X/D    .....KC... Most Recent Treatment Date
30080105 LO    X/Z    ..K....... Source Serial Number
30080162 DA    D      .....KC... Safe Position Exit Date
30080164 TM    D      .....KC... Safe Position Exit Time
30080166 DA    D      .....KC... Safe Position Return Date
30080168 TM    D      .....KC... Safe Position Return Time
30080250 DA    X/D    .....KC... Treatment Date
30080251 TM    X/D    .....KC... Treatment Time
300A0002 SH    D      .......C.. RT Plan Label
300A0003 LO    X      .......C.. RT Plan Name
300A0004 ST    X      .......C.. RT Plan Description
300A0006 DA    X/D    .....KC... RT Plan Date
300A0007 TM    X/D    .....KC... RT Plan Time
300A000B LO    X      .......C.. Treatment Sites
300A000E ST    X      .......C.. Prescription Description
300A0013 UI    U      .K........ Dose Reference UID
300A0016 LO    X      .......C.. Dose Reference Description
300A0054 UI    U      .K........ Table Top Position Alignment UID
300A0072 LO    X      .......C.. Fraction Group Description
300A0083 UI    U      .K........ Referenced Dose Reference UID
300A00B2 SH    X/Z    ..K....... Treatment Machine Name
300A00C3 ST    X      .......C.. Beam Description
300A00DD ST    X      .......C.. Bolus Description
300A0196 ST    X      .......C.. Fixation Device Description
300A01A6 ST    X      .......C.. Shielding Device Description
300A01B2 ST    X      .......C.. Setup Technique Description
300A0216 LO    X      ..K....... Source Manufacturer
300A022C DA    D      .....KC... Source Strength Reference Date
300A022E TM    D      .....KC... Source Strength Reference Time
300A02EB LT    X      .......C.. Compensator Description
300A0608 LO    D      .......C.. Treatment Position Group Label
300A0609 UI    U      .K........ Treatment Position Group UID
300A0611 LO    Z      .......... RT Accessory Holder Slot ID
300A0615 LO    Z      .......... RT Accessory Device Slot ID
300A0619 LO    D      .......C.. Radiation Dose Identification Label
300A0623 LO    D      .......C.. Radiation Dose In-Vivo Measurement Label
300A062A LO    D      .......C.. RT Tolerance Set Label
300A0650 UI    U      .K........ Patient Setup UID
300A0676 ST    X      .......C.. Equipment Frame of Reference Description
300A067C SH    D      .......C.. Radiation Generation Mode Label
300A067D ST    Z      .......C.. Radiation Generation Mode Description
300A0700 UI    U      .K........ Treatment Session UID
300A0734 ST    D      .......C.. Treatment Tolerance Violation Description
300A0736 DT    D      .....KC... Treatment Tolerance Violation DateTime
300A073A DT    D      .....KC... Recorded RT Control Point DateTime
300A0741 DT    D      .....KC... Interlock DateTime
300A0742 ST    D      .......C.. Interlock Description
300A0760 DT    D      .....KC... Override DateTime
300A0783 ST    D      .......C.. Interlock Origin Description
300A0785 UI    U      .K........ Referenced Treatment Position Group UID
300A078E LT    X      .......C.. Patient Treatment Preparation Procedure Parameter Description
300A0792 LT    X      .......C.. Patient Treatment Preparation Method Description
300A0794 LT    X      .......C.. Patient Setup Photo Description
300A079A LO    X      .......C.. Displacement Reference Label
300C0113 LO    X      .......C.. Reason for Omission Description
300C0127 DT    D      ..K..KC... Beam Hold Transition DateTime
300E0004 DA    Z      .....KC... Review Date
300E0005 TM    Z      .....KC... Review Time
300E0008 PN    X/Z    .......... Reviewer Name
30100006 UI    U      .K........ Conceptual Volume UID
3010000B UI    U      .K........ Referenced Conceptual Volume UID
3010000F ST    Z      .......C.. Conceptual Volume Combination Description
30100013 UI    U      .K........ Constituent Conceptual Volume UID
30100015 UI    U      .K........ Source Conceptual Volume UID
30100017 ST    Z      .......C.. Conceptual Volume Description
3010001B UC    Z      .......... Device Alternate Identifier
3010002D LO    D      ..K....... Device Label
30100031 UI    U      .K........ Referenced Fiducials UID
30100033 SH    D      .......C.. User Content Label
30100034 LO    D      .......C.. User Content Long Label
30100035 SH    D      .......C.. Entity Label
30100036 LO    X      .......C.. Entity Name
30100037 ST    X      .......C.. Entity Description
30100038 LO    D      .......C.. Entity Long Label
3010003B UI    U      .K........ RT Treatment Phase UID
30100043 ST    Z      ..K....... Manufacturer's Device Identifier
3010004C DA    X/D    .....KC... Intended Phase Start Date
3010004D DA    X/D    .....KC... Intended Phase End Date
30100054 LO    D      .......C.. RT Prescription Label
30100056 LO    X/D    .......C.. RT Treatment Approach Label
3010005A UT    Z      .......C.. RT Physician Intent Narrative
3010005C ST    Z      .......C.. Reason for Superseding
30100061 UT    X      .......C.. Prior Treatment Dose Description
3010006E UI    U      .K........ Dosimetric Objective UID
3010006F UI    U      .K........ Referenced Dosimetric Objective UID
30100077 LO    X/D    .......C.. Treatment Site
3010007A UT    Z      .......C.. Treatment Technique Notes
3010007B UT    Z      .......C.. Prescription Notes
3010007F UT    Z      .......C.. Fractionation Notes
30100081 SQ    Z      .......C.. Prescription Notes Sequence
30100085 TM    X      .....KC... Intended Fraction Start Time
40000010 LT    X      .......... Arbitrary
40004000 LT    X      .......... Text Comments
40080040 SH    X      .......... Results ID
40080042 LO    X      .......... Results ID Issuer
40080100 DA    X      .....KC... Interpretation Recorded Date
40080101 TM    X      .....KC... Interpretation Recorded Time
40080102 PN    X      .......... Interpretation Recorder
40080108 DA    X      .....KC... Interpretation Transcription Date
40080109 TM    X      .....KC... Interpretation Transcription Time
4008010A PN    X      .......... Interpretation Transcriber
4008010B ST    X      .......C.. Interpretation Text
4008010C PN    X      .......... Interpretation Author
40080111 SQ    X      .......... Interpretation Approver Sequence
40080112 DA    X      .....KC... Interpretation Approval Date
40080113 TM    X      .....KC... Interpretation Approval Time
40080114 PN    X      .......... Physician Approving Interpretation
40080115 LT    X      .......C.. Interpretation Diagnosis Description
40080118 SQ    X      .......... Results Distribution List Sequence
40080119 PN    X      .......... Distribution Name
4008011A LO    X      .......... Distribution Address
40080200 SH    X      .......... Interpretation ID
40080202 LO    X      .......... Interpretation ID Issuer
40080300 ST    X      .......C.. Impressions
40084000 ST    X      .......C.. Results Comments
50xxxxxx --    X      .........C Curve Data
60xx3000 OB/OW X      .........C Overlay Data
60xx4000 LT    X      .........C Overlay Comments
FFFAFFFA SQ    X      .......... Digital Signatures Sequence
FFFCFFFC OB    X      .......... Data Set Trailing Padding
private  --    X      C......... Private Attributes
`;
