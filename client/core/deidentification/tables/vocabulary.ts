/**
 * Words that may stay in free text that is cleaned: of imaging, anatomy and everyday grammar, English and German, lower case. A word that also
 * belongs to the patient's own identifiers does not stay. Drawn from the attribute names of PS3.6, the concepts of PS3.15 Table E.3.4-1 and radiology's
 * daily language.
 */
export const VOCABULARY_WORDS = `
abdomen abdominal ability abort absent absolute absorbed absorbing absorption abstract acceleration acceptance access accession accessories accessory
accumulated accuracy achilles achsel acoustic acquired acquisition acquisitions acr across action activation active activity actual acuity acute
adaptive adc add additional address adj adjusted administered administering administration administrator admire admission admissions admitting adrenal
advanced after afterloader age agency agent air ait alarm alerts algorithm algorithmand alias aliased alignment all allergies allocated allocation
allow allowed along alpha alternate alternative altitude ambient amount amplifier amplitude analog analysis analyzed anatomic anatomical anatomy
anchor and anesthesia angio angiogram angiographie angiography angle angular angulation animation anisotropy ankle annotation annotations anode
anomaly anonymised anonymized anonymous anterior aorta aortic ap aperture apex applicability applicable application applications applicator applied
applies approach approval approver approving aqueous arbitrary arc archive are area arm arme arrangements array arrival arterial arteriell artery
arthritis arthro ascan asir asl aspect aspiration assembly asserter assertion assessed assessment assigned assigning assignment astigmatism asymmetry
atd atlas atomic attached attempt attenuation attenuator attribute attributes audio auf aufnahme aufnahmen auge augen aus author authority
authorization authorizing auto automation autorefraction autosequence autovibe availability available average averages averaging avg axes axial
axillary axis azimuthal background bad balance band bandwidth barcode base based baseline basic basis battery bauch bds bdt beam beams bearing beat
beats becken beckenuebersicht beckenübersicht before befund behavior bei beidseits beim bein beine belastung belt best between bias bibliographic
bilateral billing bin binary binning bins biopsies biopsy birth bit bitmap bits bladder blase blending blind block blocked blocking blocks blood blue
boarding body bold boli bolus boluses bone bones border both bottom bound boundaries bounding bowel box boxes bpm brachy brachytherapy brain branch
break breast breed bridge brightness bronchial brust brustbein brustkorb brustwirbelsaeule brustwirbelsäule bscan bscans bulk burned bws cad calcaneus
calcification calcium calculated calculation calculations calendar calf calibrated calibration callback camera cancellation cap capabilities capture
cardiac care carotid carpal carrier cassette catch category cath catheter catheterization cause cavity cc cda cell center centerline central centroid
cerebral certificate certification certified cervical chair chamber chamfer change channel channels character characteristics characters charge check
checked chemical chest chromaticities chronic cie cine circular ciss citation class classes classification clavicle clinical clipping closed cm
coating coccyx code coded coding coefficient coefficients coercion coil coincidence collated collation collection collimation collimator colon
colonography color column columns combination combo command commanded comment comments commissioning committee common communications community
comparison compensation compensator compensators completion complex complication component composite compositing composition compositor compound
compressed compression concatenation concentration concept conceptual concern conclusion condenser condition conditionality conditions confidentiality
configuration confirmation confocal connector consent consistency constancy constant constants constituent constraint consulting consumption contact
container containing content context continuation continuity contour contours contraindications contrast contributing contribution control
conventional conversion converted convolution coordinate coordinates coordinating copies cor cornea corneal corner coronal coronary corrected
correction count country counts coupling coverage cr cradle cranial craniocaudal cranium created creation creator criteria crop cropping cross crusher
css ct cta ctap ctd ctdi ctx cumulative current cursor curvature curve custodial custom cutoff cycle cylinder cyst dac daily damping dark darm das
dashing data date datetime datum daumen day days dct ddl dead death decay decimal decimate decision decomposition decoupled decoupling deep default
defect defined definition deformable deformation degree deidentification deidentified delay delayed deletion delimiter delimiters delineated delivered
delivery delta dem demo demographics den denominator dense density dental department depth depths der derivation derived des description descriptor
design designator dest destination detail detailed details detected detection detector detectors deviation device devices diagnoses diagnosis
diagnostic diameter diaphragm dickdarm dicom dicos die difference differential diffuse diffusion digital digitizing digits dilated dilation dimension
dimensional dimensionality dimensions direct direction directionality directions directory disapproval disc discharge discontinuation disk dispense
displacement display displayed disposition distal distance distances distortion distribution divergence dixon dlir dlp document documenting documents
domain doppler dorsal dose dosimeter dosimetric double drive drug dsi dti dual duenn duenndarm duration durations durchleuchtung during dvh dvhroi dwi
dx dyn dynamic dynamics dünn dünndarm ear early ebene ebenen eccentric eccentricity ecg echo edd edema edge effect effective effectiveness eight ein
eine einer elapsed elbow electron element elemental elements elevation ellbogen ellenbogen emergency emitter emmetropia emmetropic empty encapsulated
encapsulation encode encoding encrypted end ended ending endoscopy energy enhanced enhancement entered enterer entity entrance entries entry
environment environmental eosin epi episode eponymous equipment equivalent error escape esophagus estimate estimated estimation ethics ethnic
evaluation evaluator event evidence exact exam examination examined examining example excessive excitation excluded exclusion exclusive execution exif
existence exit expected experience expiration expiry explanation exposed exposure exposures expression extended extension extent extents external
extracted extraction extremity exy eye eyes fabrication face facet facility factor factors failed failure failures false family fan fast fat fatsat
fbp feature features feed fellow femoral femoro femur ferse fetal fetus ffe fibula fiducial fiducials field fiesta file filename fill filled filler
fills film films filter filtering filters final finding findings finger fingers finish finite firing first five fixated fixation fixed flag flags
flair flash flat flight flip float floating flow fluctuation fluence fluoro fluoroscopy focal focus folder follow followup font foot for force forearm
foreground format formats formula four fourier fov foveal fps fraction fractional fractionation fractions fracture fraktur frame framek frames framing
freedom frequency from front frontal frozen frueh früh fse fspgr fuer full function functional functions further fuss fuß für gain gallbladder
gallenblase gamma gantry ganzkoerper ganzkörper gap gastro gate gated gating gefaess gefaesse gefäß gefäße gehirn gelenk gelenke general generalized
generation generator genetic geographic geometric geometrical geometry gesicht gesichtsschaedel gesichtsschädel glass global glucose gps gpsdop grade
gradient graphic gray grayscale gre green grid group grouped groups guidance half hals halswirbelsaeule halswirbelsäule hand handgelenk handling
hanging hard hardcopy hardening harnblase has haste he head heart heel height hematoxylin hepatic herz heterogeneity high hip hips hirn hirnstamm
histogram history hoden hold holder holders home horizontal hour hours housing hpgl hrct hu huefte hueftgelenk huffman human humerus humidity humor
hws hz hüfte hüftgelenk icc icon identical identification identifier identifiers identifying identity idose ihc illumination illuminator illustration
image imaged imager images imaging img immersion impedance implant implantation impression impressions inbound incident include included includes
incorporated increment index indication indications indicator indices induced inductance infarct inferior info information ingredient inguinal initial
initiation injection inm inms innenohr inner inppm input inspection installation installed instance instances institution institutional instruction
instrument insurance integrated integration intended intensifier intensity intent inter intercept interest interior interlock intermediate internal
international interoperability interpolation interpretation interpreted interpreter intersection interval intervals intervention into intra
intraocular intravascular inu inventoried inventory inversion inverted iodine iol ion irradiation isg iso isocenter isolation isotope issue issuer
italic item items iterations iterative itinerary ivol ivus jaw job jurisdiction justification keratoconus keratometer keratometric keratometry kerma
kernel key keyword keywords kidney kidneys kiefer kiefergelenk knee knees knie kniegelenk knochen knochenfenster known koerper kontrastmittel
kontrolle kopf kreuzbein kv kvp körper lab label labeling laengs landmark language large largest last lat lateral laterality latitude latitudeyyy
latitudezzz law layer layout lcc ldct leaf leber left leg legs lendenwirbelsaeule lendenwirbelsäule length lengths lens lenses lesion level liegend
life ligament light limb limit limiting linac line linearity lines links list liver lmlo lobe local localiser localization localized localizer
localizers localizing location locations locator lock loco log login long longitude longitudinal look lookup loss losses lossy lot low lower
luftroehre luftröhre lumbar luminance lung lunge lungen lungenfenster lungs lut lws lymph lymphknoten längs mac machine macid magen magnetic
magnetization magnification magnify magnitude main major make maker mamma mammo mammographie mammography management mandatory mandible manifold
manipulated manufacture manufactured manufacturer manufacturing map mapped mapping mar marker mas mash mask masking mass mastoid matching material
materials mating matrix max maxilla maxillofacial maximum mean meaning measure measured measurement measurements measures measuring mechanical
mechanism mechanisms media medial median mediastinum medical medication medicine medium member members memory menstrual mesh messung metabolite
metadata metastasis metering meterset metersets method metric mg mgy mhz microscopy mid military milling milz mime min minimum minip minute minutes
mip mirroring mit mittelfuss mittelfuß mittelhand ml mlo mm modalities modality mode model modes modifiable modification modifications modified
modifier modifiers modifying modulated modulation modulator modulators monitoring monochrome monoenergetic month months most mother motion mounting
movement mpr mprage mr mra mrdr mrfov mri mrt multi multienergy multiple multiplex multiplexed multiplicity muscle mydriatic myelography myelon nach
name names namespace narrative nase nasennebenhoehlen nasennebenhöhlen nativ native navigation near nebenniere neck needs negative negatives nerve
network neutered new next niere nieren nine nm nnh no node nodes noise nomenclature nominal non nonconforming none nonidentifying normal normalization
normals normative nose not notch note noted notes notification nth ntp nuclear nucleus nulling numbe number numberof numbers numerator numeric
numerical oberarm oberbauch oberes oberschenkel object objective objectives objects obl oblique observation observations observed observer occipital
occupation occurred occurrence oct octz ocular oecf off offset offsets ohne ohr old olecranon omar omission omitted one onset ooi opacity opaque open
opening openings operating operation operational operations operator operators ophthalmic opt optical optimization options optotype orbit orbita
orbits order ordering organ organization organizational orientation origin original originality originating originator os osteo ot other out outer
outline output ovary overall overdose overlap overlay overridden override oversampling overview owner package padded padding paddle page pain
paintings pairs palette pancreas pankreas panorama parallel parameter parameters parametric paranasal parasagittal parent parietal part partial
participant participation party pass patella path paths patient patients pattern pause peak pelvic pelvis pen per percent percentage percutaneous
performance performed performer performers performing perfusion perimeter period persistence persistent person perspective pertinent pet phantom
phantoms phase phasen phases phone phosphor photo photoacoustic photographic photography photometric photon phototimer physical physician physicians
physiological pieces pipe pipeline pitch pixel pixels placer plain plan planar plane planes planned planning plantar plate playback pleura point
pointer pointers points polar polarity polarization polygon polygonal portable portal portalvenoes portalvenös position positioner positioning
positions positive positives positron post posterior postop postprocessing potential power powerline prcs pre precedence precision predecessor
predicted prediction predictor preference preferred pregnancy preliminary preop prep preparation presaturation prescribed prescription presence
present presentation presented preserve preserved pressure previous primary primitive primitives print printer printing prior priority priors prism
private probability probe problem procedure proceeding processed processing product production profile program progress progression projection prompts
prone properly properties property proposed prostata prostate protocol protocols provider proximal pseudo pt pto pull pullback pulmonary pulse pulser
pulses pupil pupillary purpose pvc pyramid qa qc quadrature qualification qualifier qualifiers quality quantified quantity quer query queue quoted
radial radiation radiobiological radiographic radionuclide radiopharmaceutical radiotherapy radius randoms range ranging rank rapid rate rating ratio
rational rationale raw ray rcc rcs rdsr read readiness reading reagent real rear reason reasons receive receiver receiving recent receptor rechts
recipients recognition recognizable recommendation recommended recon reconstruction record recorded recorder recording records recovery rectangle
rectification rectifier rectilinear rectum red reduction ref reference referenced references referring reflected reflection reformat reformatted
reformatting refraction refractive region regions registered registration registry regularity regulatory rejected rejection rekonstruktion related
relationship relative relaxivity relevant reliability religious removal removed renal render rendered rendering reordered reordering repaint repair
repeat repetition replaced report reported reporting repository representation representative reprojection request requested requester requesting
rescale research residence residual resistance resistors resolution resolved resonant resource resources respiratory response responsible rest result
resulting results retain retest retesting retinal retired retrieval retrieve return review reviewer revolution rf rgb rgba rgblut rib ribs right rippe
rippen rippenthorax risk rmlo rms robotic roentgen roi role roll roof room root rotation rotational rotations route routine routing row rows rtp rtroi
rueckenmark ruhe run röntgen rückenmark sacral sacrum sad safe safety safire sag sagittal salvage sample samples sampling sar satellites saturation
saving sc scale scaling scan scanned scanner scanning scanogram scaphoid scatter scene schaedel scheduled scheme schicht schichten schilddruese
schilddrüse schluesselbein schlüsselbein schnittbild schulter schultergelenk schädel scope scoring scout scp screen screening screens scroll scrolling
sd sddn sdhn sdvn seam sec second secondary seconds section seen segment segmental segmentation segmented segments seitlich selected selection
selector self sella sensing sensitivity sensor separation sequence sequencing sequenz serial serie serien series service session set sets setting
settings settling setup setups seven sex shading shadow shape shared sharp sharpness shield shielding shift shifter shifters shininess short shot
shoulder show shutter sid side sides sign signal signature signatures signed signer significance simple simulated since single sinus sinuses site
sites sitzend six size sizes skeletal skeleton skew skin skip skull slab slabs slew slice slices slide slope slot slots small smallest smart smoking
smooth smoothing snout snr social soft softcopy software sonographie sop sort sorting sound soundpath source sources space spacing spaet spair spatial
special specialized species specific specification specified specimen spect spectral spectrally spectroscopy specular speed speiseroehre speiseröhre
spgr sphere spherical spin spinal spine spiral spleen splitting spoiling sponsor spot spots spreading sprunggelenk spät ssd stack stage stages stain
stained stamp standard standing start started starting state station statistics status std steady steep steering stehend step steps stereo
stereometric sternum stimuli stimulus stir stock stomach stop stopper stopping storage stored stowrs strain stream strength stress string strip stroke
structure structured studies study style sub subject subjective subscription subsequent subsets substance subsystem subsystems subtask subtraction
subtype summarized summary summation superior superseding supine supplies support supported supporting suppression surface surfaces surgery surgical
surgically survey suspected suv swan swi switching swivel symbology sync synchronization synchronized syntax synthetic syringe system szinti
szintigraphie table tables tabletop tabulated tag tagging tangential target task tasks tdr technique techniques technology telecom telephone
teletherapy temperature template temporal ten tendon term termination test testbolus text texture tfe that the therapeutic therapy thermal thick
thickness thigh thin third this thoracic thorax threat three threshold through thumb thumbnail thyroid tibia tick ticks tid tile tilt time timer
timers times timestamp timezone timing tip tissue title tlhc toe toes tof tolerance tomo tomographie tomography tomosynthesis tomotherapeutic tonsil
tool top topic topo topogram topography toric total tra trachea track tracker tracking trailing train trajectories transaction transcriber
transcription transducer transfer transferred transform transformation transformed transition translation transmission transmit transmittance
transmitter transport transverse trauma traversal traverse tray treatment trial trials triangle trigger triggers trim triplet true trufi tse tube
tumor tumour tune turbo two type types udi uebersicht uid ulna ulnar ultrasound unassigned uncertainty und undefined underdose underlined unenhanced
unformatted unified uniform uniformity unique unit units universal unknown unspecified unterarm unterbauch unteres unterschenkel untersuchung update
updated upper ureter urgency uri urinary url urn urography us usage use used usefulness user using utc uterus valid validation value values variable
variant variation vascular vector vectors vein veins velocity venous ventral ventricle verbal verification verified verifying verlauf
verlaufskontrolle version versions vertebra vertebral vertex vertical vertices vessel vessels vial vibe video view viewing viewpoint views violation
virtual visibility visit visual vital vitreous vivo voi voilut volume volumes volumetric vom von vor vorfuss vorfuß voxel wado wadors wall warning was
water wave waveform wavefront wavelength wedge wedges week weekday weeks weichteil weichteilfenster weight weighted weighting weights welder were
white whole wide width window windows wirbelkoerper wirbelkörper wirbelsaeule wirbelsäule with within without word workitem worklist world wrist xa
xaxrf xds xray yaw year years yes zahn zeh zehen zero zonal zoom zum zur zähne übersicht
`;
