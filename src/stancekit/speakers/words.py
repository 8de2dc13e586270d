"""The word lists behind speaker resolution: generic English, no current people.

Small words, titles and offices are closed classes, or close to it. Nouns for people
and bodies are open ones, `OCCUPATIONS` above all: their lists hold what news often
has, and are long, but never complete. What an article itself says (pronouns near a
name, a role before or after it) always weighs more than what stands here.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Titles that carry no role; the value is the gender they give away.
HONORIFICS: dict[str, str] = {
    **dict.fromkeys(
        "mr mister sir lord monsieur herr señor senor don pan bwana fr alhaji shri encik "
        "sheikh".split(),
        "m",
    ),
    **dict.fromkeys(
        "mrs ms miss madam madame dame lady frau fraulein señora senora pani begum hajiya mdm "
        "hajia smt cik puan baroness".split(),
        "f",
    ),
    **dict.fromkeys(
        "mx dr prof rev hon st judge rt datuk dato comrade canon advocate barrister engr "
        "insp dsp asp sarpanch messrs".split(),
        "",
    ),
}

# Heads of a role or an occupation, as they stand before or after a name.
# Abbreviations as in American news style, without their full stop.
ROLES = _set(
    "president minister secretary senator sen representative rep congressman congresswoman "
    "congressperson governor gov mayor chancellor premier king queen prince princess duke duchess "
    "emperor sultan sheikh emir pope cardinal archbishop bishop imam rabbi reverend pastor priest "
    "general gen colonel col captain capt lieutenant lt sergeant sgt major maj admiral adm cmdr "
    "commander corporal private brigadier marshal sheriff constable inspector superintendent supt "
    "detective officer chief chairman chairwoman chairperson chair director leader head "
    "commissioner ambassador envoy consul diplomat judge justice attorney lawyer solicitor "
    "barrister prosecutor counsel professor prof doctor dr lecturer researcher scientist scholar "
    "historian economist analyst strategist pollster consultant expert specialist engineer "
    "spokesman spokeswoman spokesperson speaker whip lawmaker legislator parliamentarian mp mep "
    "mla mpp msp mlc td assemblyman assemblywoman "
    "councillor cllr cr coun councilman councilwoman councilor alderman delegate deputy "
    "undersecretary nominee candidate contender challenger incumbent aide adviser advisor staffer "
    "assistant "
    "manager coach player striker trainer owner founder cofounder co-founder ceo cfo coo cto "
    "executive entrepreneur businessman businesswoman investor banker billionaire tycoon mogul "
    "magnate editor author writer novelist poet journalist reporter correspondent columnist "
    "anchor host moderator presenter producer filmmaker actor actress singer musician artist "
    "activist campaigner organizer organiser advocate volunteer protester veteran soldier pilot "
    "farmer teacher nurse student resident neighbor neighbour witness victim survivor suspect "
    "defendant plaintiff dissident rebel warlord guerrilla oligarch official politician statesman "
    "democrat republican liberal socialist conservative independent secretary-general negotiator "
    "mediator observer principal superintendent dean chaplain firefighter paramedic surgeon "
    "physician psychologist biologist physicist chemist climatologist epidemiologist "
    "treasurer comptroller clerk registrar curator archivist librarian mother father son daughter "
    "brother sister wife husband widow widower uncle aunt niece nephew grandmother grandfather "
    "partner girlfriend boyfriend cousin friend colleague lawyer publicist agent collector"
)

# What may follow "of" inside a role: Secretary of State, Chief of Staff.
ROLE_OFFICES = _set(
    "state staff defense defence commerce labor labour health education energy interior treasury "
    "transportation agriculture homeland justice foreign finance police delegation parliament "
    "government housing transport environment culture planning tourism trade sport economy science"
)

# Words that modify a role and belong to no name.
ROLE_MODIFIERS = _set(
    "vice deputy acting interim former ex late then outgoing incoming senior chief assistant "
    "associate executive foreign prime press defense defence finance interior health justice "
    "treasury education energy state attorney major-general lieutenant majority minority house "
    "senate national security campaign communications managing presidential republican democratic "
    "democrat labour labor conservative liberal independent opposition first lead co-host "
    "supreme district federal regional county city"
)

MALE_NOUNS = _set(
    "man boy gentleman father son brother husband widower uncle nephew grandfather grandson king "
    "prince duke emperor sultan sheikh emir pope cardinal spokesman chairman congressman "
    "councilman businessman statesman actor boyfriend priest fireman policeman salesman monk "
    "landlord godfather stepfather lad guy dad fisherman alderman host-man tsar baron"
)
FEMALE_NOUNS = _set(
    "woman girl lady mother daughter sister wife widow aunt niece grandmother granddaughter queen "
    "princess duchess empress spokeswoman chairwoman congresswoman councilwoman businesswoman "
    "stateswoman actress girlfriend nun policewoman landlady godmother stepmother mum mom "
    "waitress hostess heroine baroness"
)

# Occupations and stations of which newspapers speak; some of them are surnames too, so they
# are read as a role only where they are written small.
OCCUPATIONS = _set(
    "vicar curate coroner bursar headteacher headmaster headmistress planner foreman skipper "
    "rancher grower breeder jockey referee umpire plumber electrician mechanic architect surveyor "
    "technician programmer designer sculptor composer conductor pianist guitarist playwright "
    "biographer photographer hairdresser waiter barman bartender publican innkeeper hotelier "
    "janitor caretaker gamekeeper angler farmhand miner steelworker welder machinist trucker "
    "cyclist motorist commuter pedestrian swimmer rower wrestler footballer cricketer golfer "
    "athlete sprinter gymnast goalkeeper midwife dentist pharmacist vet veterinarian optician "
    "therapist psychiatrist paediatrician pediatrician carer caregiver babysitter nanny tutor "
    "pupil undergraduate schoolboy schoolgirl geologist hydrologist ecologist botanist zoologist "
    "ornithologist geographer mathematician statistician astronomer meteorologist oceanographer "
    "seismologist volcanologist archaeologist anthropologist sociologist criminologist "
    "pathologist oncologist cardiologist virologist microbiologist toxicologist nutritionist "
    "dietitian linguist theologian catechist missionary headman chieftain magistrate notary "
    "accountant auditor actuary bookkeeper cashier stallholder homeowner householder villager "
    "islander crofter smallholder retiree convener convenor shopsteward unionist claimant "
    "appellant litigant juror complainant rescuer lifeguard lifesaver sailor airman reservist "
    "conscript commodore influencer podcaster youtuber ombudsman arbitrator adjudicator beekeeper "
    "brewer distiller winemaker vintner cheesemaker dressmaker jeweller jeweler watchmaker "
    "blacksmith farrier ironmonger fishmonger gardener landscaper lumberjack logger monarch "
    "rector canon chef baker butcher grocer florist shepherd broker dealer carpenter joiner mason "
    "painter barber porter warden ranger courier traveller traveler jogger runner boxer graduate "
    "friar deacon elder ruler bailiff conveyancer teller vendor seller buyer shopper lodger "
    "townsman orphan grandparent fiance fiancee officemate boss employer apprentice trainee "
    "intern helper steward picket rioter looter squatter asylum-seeker convict offender casualty "
    "marine gunner sniper scout spy informer hacker streamer gamer spectator visitor guide "
    "assessor examiner invigilator potter weaver tailor cobbler forester sawyer roofer glazier "
    "plasterer decorator peer "
)

# Nouns whose singular is one human being though no role: they make a source a person.
PERSON_NOUNS = (
    ROLES
    | MALE_NOUNS
    | FEMALE_NOUNS
    | _set(
        "person source insider critic supporter opponent voter citizen worker employee refugee "
        "migrant immigrant parent child teenager pensioner shopkeeper driver passenger customer "
        "patient survivor bystander onlooker eyewitness caller guest skeptic sceptic ally rival "
        "foe successor predecessor frontrunner front-runner newcomer outsider maverick native "
        "tourist trader strategist donor surrogate loyalist operative historian theorist "
        "philosopher cleric preacher lobbyist whistleblower informant interpreter translator "
        "contractor builder developer tenant landlord member attendee participant respondent "
        "user author fan viewer reader observer commentator pundit watcher somebody someone "
        "anyone everyone nobody one stranger fellow figure hunter guard agent investigator "
        "policymaker regulator economist blogger demonstrator marcher striker victor winner loser "
        "hostage prisoner inmate detainee fighter militant insurgent gunman attacker shooter"
    )
    | OCCUPATIONS
)

# Plurals that don't end in -s, and collectives that take a plural verb.
PLURAL_NOUNS = _set(
    "people men women children police policemen policewomen spokesmen spokeswomen businessmen "
    "firemen fishermen congressmen lawmen media clergy youth elderly poor rich others some many "
    "most few several both all majority minority crowd public staff troops personnel folk folks "
    "everyone everybody dozens hundreds thousands scores millions half"
)

ORGANIZATION_NOUNS = _set(
    "government administration ministry department agency office bureau commission committee "
    "council court parliament congress senate assembly cabinet party campaign coalition union "
    "alliance company firm corporation bank group organization organisation association "
    "federation foundation institute institution university college school hospital church "
    "army navy military force forces guard police newspaper paper magazine network channel "
    "station broadcaster website outlet publisher service team club league charity watchdog "
    "regulator authority board panel staffroom embassy consulate mission delegation task-force "
    "junta regime kingdom republic nation country state city town village county district bloc "
    "opposition movement brigade militia consortium conglomerate retailer manufacturer airline "
    "carmaker automaker insurer lender startup start-up tribunal prosecution defense defence "
    "trust fund society chamber lobby thinktank think-tank center centre lab laboratory "
    "tabloid daily weekly inc corp ltd llc plc co house times post news journal press herald "
    "tribune gazette telegraph guardian chronicle review radio tv television inquirer observer "
    "digest reuters union ngo nonprofit non-profit firm studio orchestra theatre theater museum "
    "line lines airways railway railways motors industries holdings partners associates systems "
    "technologies laboratories international front command academy confederation division "
    "directorate inspectorate prefecture municipality gallery library "
    "clinic hospice"
)

# Last words of names that are hardly a person's, unless a given name or an initial stands first
# (Samantha Power, J. Mills).
PLACE_NOUNS = _set(
    "street road avenue lane square creek bridge island islands valley harbour harbor airport "
    "beach falls mountain mountains coast county province"
)
NO_SURNAMES = PLACE_NOUNS | _set(
    "rail power energy electric electricity water gas oil steel mining mutual insurance foods "
    "airlines telecom pharmaceuticals media capital ventures logistics shipping resources supply "
    "solutions software properties developments estates farms mills marine savings surgical grid "
    "brands analytics securities pharma biotech robotics dynamics therapeutics cement breweries "
    "stores supermarkets homes housing renewables solar aviation aerospace maritime ports freight "
    "cargo transit metro chemicals minerals metals petroleum credit finance financial investments "
    "equity payments wireless mobile digital networks broadband data labs games pictures films "
    "records entertainment sports fitness health healthcare care dental clinics workers traders "
    "owners producers growers users watch action rights forum initiative project collective legacy "
    "meats dairies fisheries seafood airport hotels resorts tours travel"
)

# "New Mexico", "San Remo": the first word tells that a place follows, unless the
# article gives the run a title or a role.
PLACE_STARTS = _set("new north south east west san santa fort port mount lake los las")

# First words of the names of bodies: "Air Olm", "Radio Olm".
BODY_STARTS = _set("air radio hotel club grupo banco banque bank groupe team")

# Last words of the names of newspapers and stations.
MEDIA_NOUNS = _set(
    "post times news journal press herald tribune gazette telegraph guardian chronicle review "
    "radio tv television inquirer observer digest star mail echo argus mercury courier wire"
)

DOCUMENT_NOUNS = _set(
    "report study poll survey statement letter document law bill treaty resolution ruling verdict "
    "article story editorial column book memo memoir email emails mail message tweet post posting "
    "transcript filing affidavit complaint lawsuit indictment petition press-release release "
    "communique communiqué paper dossier research data figures statistics census analysis audit "
    "review investigation inquiry evidence records record documents reports polls surveys studies "
    "headline sign placard banner slogan ad advertisement video recording footage film "
    "documentary blog website constitution agreement contract charter policy order decree rule "
    "guidelines manual brochure leaflet flyer pamphlet notice results papers rumors rumours "
    "headlines findings estimates estimate forecast projection index speech text draft version "
    "publication bulletin newsletter caption account accounts rumor rumour experience history "
    "theory proverb saying adage platform cable cables files file logs tests map"
)

# Seats of power that stand for the body which sits there, and countries, which
# stand for their governments. An article that names a person so ("Ann London, a
# farmer") overrules the entry.
METONYMS: dict[str, str] = {
    **{
        name: f"the {name}"
        for name in (
            "Kremlin|White House|Pentagon|Vatican|Elysee|Élysée|State Department|Treasury|"
            "Bundestag|Duma|Knesset|Capitol|Foreign Office|Home Office|Hague|United Nations|"
            "United States|United Kingdom|Netherlands|Philippines|European Union|"
            "European Commission|Supreme Court|Federal Reserve|Bundesbank|Senate|House"
        ).split("|")
    },
    **{
        name: name
        for name in (
            "Downing Street|Number 10|No 10|Whitehall|Westminster|Capitol Hill|Wall Street|"
            "Silicon Valley|Hollywood|Brussels|Washington|London|Paris|Berlin|Rome|Madrid|Moscow|"
            "Kyiv|Kiev|Minsk|Warsaw|Prague|Budapest|Vienna|Athens|Ankara|Tehran|Baghdad|Damascus|"
            "Beirut|Jerusalem|Riyadh|Doha|Cairo|Tripoli|Nairobi|Pretoria|Abuja|Delhi|New Delhi|"
            "Islamabad|Kabul|Dhaka|Beijing|Taipei|Tokyo|Seoul|Pyongyang|Hanoi|Jakarta|Manila|"
            "Canberra|Ottawa|Mexico City|Brasilia|Brasília|Buenos Aires|Bogota|Bogotá|Lima|"
            "Santiago|Caracas|Havana|Stockholm|Oslo|Helsinki|Copenhagen|Dublin|Lisbon|Bern|"
            "Geneva|Sofia|Bucharest|Belgrade|Zagreb|Tallinn|Riga|Vilnius|Tbilisi|Yerevan|Baku|"
            "Russia|Ukraine|China|India|Pakistan|Iran|Iraq|Israel|Syria|Turkey|Egypt|Germany|"
            "France|Italy|Spain|Poland|Hungary|Greece|Britain|England|Scotland|Wales|Ireland|"
            "Norway|Sweden|Finland|Denmark|Belgium|Austria|Switzerland|Portugal|Serbia|Romania|"
            "Bulgaria|Belarus|Moldova|Georgia|Armenia|Azerbaijan|Estonia|Latvia|Lithuania|Japan|"
            "Taiwan|Australia|Canada|Mexico|Brazil|Argentina|Chile|Colombia|Venezuela|Cuba|"
            "Indonesia|Malaysia|Vietnam|Thailand|Singapore|Afghanistan|Libya|Sudan|Ethiopia|"
            "Nigeria|Kenya|Somalia|Rwanda|Qatar|Kuwait|Jordan|Lebanon|Yemen|Saudi Arabia|"
            "South Africa|South Korea|North Korea|New Zealand|America|Europe|Africa|Asia|"
            "New York|California|Texas|Florida|Chicago|Boston|Ohio|Virginia"
        ).split("|")
    },
    "U.S.": "the United States",
    "US": "the United States",
    "U.K.": "the United Kingdom",
    "UK": "the United Kingdom",
    "U.N.": "the United Nations",
    "UN": "the United Nations",
    "EU": "the European Union",
    "E.U.": "the European Union",
}

# Particles inside a name, written small: Ursula van der Berg, Omar al Said.
PARTICLES = _set(
    "de del della di da dos das do du la le van von der den ter ten zu zur bin ibn bint al el ap "
    "ben abu af av st y e"
)

# Capitalised words that start a sentence or a title and no name.
COMMON_CAPITALS = _set(
    "the a an this that these those it its he she they we you i his her their our my your him them "
    "us me who whom whose which what when where why how if whether while as at by for from in into "
    "of off on onto out over to under until up upon with within without about above across after "
    "against along among around before behind below beneath beside between beyond but despite down "
    "during except inside like near since than through throughout toward towards via and or nor so "
    "yet though although because unless once both either neither each every all any some many much "
    "more most few several other others another such no not none only just even also too very "
    "still already again later earlier now then there here today yesterday tomorrow tonight soon "
    "is are was were be been being am do does did done have has had having will would shall should "
    "can could may might must ought let get got gets say says said tell told tells ask asked asks "
    "meanwhile however moreover furthermore instead indeed perhaps maybe nevertheless nonetheless "
    "therefore thus hence otherwise besides anyway finally recently previously currently "
    "eventually ultimately apparently according asked speaking following based given "
    "one two three four five six seven eight nine ten eleven twelve dozens hundreds thousands "
    "yes well oh okay ok please thank thanks sorry never always often sometimes usually "
    "monday tuesday wednesday thursday friday saturday sunday january february march april june "
    "july august september october november december spring summer autumn winter mon tue wed thu "
    "christmas easter ramadan diwali thanksgiving "
    "fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec am pm est gmt et "
    "don't doesn't didn't isn't aren't wasn't weren't won't can't couldn't wouldn't it's that's "
    "he's she's they're we're i'm you're i've we've there's what's let's i'd i'll here's who's "
    "news officials sources people analysts experts critics residents supporters police "
    "authorities investigators prosecutors researchers scientists voters protesters reporters "
    "lawmakers republicans democrats americans russians ukrainians europeans israelis "
    "palestinians chinese british french germans updated breaking watch read related photo image "
    "video advertisement share copyright story continues editor's note"
)

# Demonyms and party labels written large that modify what follows.
DEMONYM_ENDINGS = ("ian", "ean", "ish", "ese", "ani", "eli", "can")
DEMONYMS = _set(
    "russian ukrainian american european african asian french german british english scottish "
    "welsh irish dutch danish swedish finnish polish czech slovak greek turkish israeli iraqi "
    "saudi pakistani afghan thai swiss arab muslim christian jewish catholic islamic "
    "republican democratic democrat labour tory conservative liberal western eastern northern "
    "southern iranian chinese japanese indian canadian australian mexican brazilian spanish "
    "italian"
)

# Who speaks or works for a body, so that "a Roe spokesman" makes a body of Roe.
STAFF_NOUNS = _set(
    "spokesman spokeswoman spokesperson executive chairman chairwoman director manager employee "
    "worker shareholder subsidiary share staff"
)

# Which roles a general noun for a person may pick up again.
ROLE_CLASSES: dict[str, frozenset[str]] = {
    "leader": _set(
        "leader president minister premier chancellor king queen prince emir sultan chairman "
        "chairwoman head governor mayor chief commander secretary"
    ),
    "lawmaker": _set(
        "lawmaker legislator senator sen representative rep congressman congresswoman mp mep "
        "deputy parliamentarian delegate"
    ),
    "politician": _set(
        "politician senator sen representative rep congressman congresswoman mp mep governor gov "
        "mayor president minister premier chancellor secretary lawmaker legislator candidate "
        "nominee councillor"
    ),
    "candidate": _set("candidate nominee contender challenger incumbent hopeful"),
    "nominee": _set("nominee candidate"),
    "official": _set(
        "official secretary commissioner director envoy ambassador diplomat minister officer chief "
        "undersecretary deputy"
    ),
    "diplomat": _set("diplomat ambassador envoy consul minister secretary"),
    "executive": _set("executive ceo cfo coo cto director chairman president chief founder"),
    "businessman": _set("businessman billionaire tycoon mogul magnate entrepreneur investor owner"),
    "billionaire": _set("billionaire tycoon mogul magnate businessman entrepreneur"),
    "lawyer": _set("lawyer attorney solicitor barrister counsel prosecutor"),
    "spokesperson": _set("spokesperson spokesman spokeswoman secretary"),
    "spokesman": _set("spokesman spokesperson secretary"),
    "spokeswoman": _set("spokeswoman spokesperson secretary"),
    "congressman": _set("congressman representative rep"),
    "congresswoman": _set("congresswoman representative rep"),
    "minister": _set("minister premier secretary"),
    "premier": _set("premier minister"),
    "academic": _set("academic professor prof lecturer researcher scholar dean"),
    "researcher": _set("researcher scientist professor prof scholar lecturer"),
    "scientist": _set("scientist researcher professor prof physicist biologist chemist"),
    "professor": _set("professor prof"),
    "senator": _set("senator sen"),
    "representative": _set("representative rep congressman congresswoman"),
    "governor": _set("governor gov"),
    "general": _set("general gen"),
    "journalist": _set("journalist reporter correspondent columnist editor anchor host"),
    "doctor": _set("doctor dr physician surgeon"),
    "judge": _set("judge justice"),
    "priest": _set("priest reverend pastor bishop"),
    "officer": _set("officer detective inspector sergeant constable captain lieutenant colonel"),
}

# What headlines make of a role, beside the classes above.
HEADLINE_ROLES: dict[str, frozenset[str]] = {
    "chief": _set(
        "chief head director chairman chairwoman chair president commissioner commander executive "
        "ceo governor superintendent boss secretary"
    ),
    "boss": _set(
        "boss chief head director chairman chairwoman chair president executive ceo manager owner "
        "secretary leader"
    ),
    "leader": _set("director chair"),
    "head": _set("head headteacher headmaster headmistress principal director chief"),
    "pm": _set("minister premier"),
    "cm": _set("minister"),
    "mp": _set("mp member lawmaker"),
    "banker": _set("banker governor"),
    "cop": _set("officer constable inspector sergeant detective superintendent chief"),
    "vet": _set("vet veterinarian surgeon"),
    "negotiator": _set("negotiator envoy"),
    "envoy": _set("envoy ambassador negotiator representative"),
    "watchdog": _set("watchdog commissioner regulator auditor ombudsman"),
    "regulator": _set("regulator ombudsman watchdog commissioner authority"),
    "union": _set("union secretary convener convenor"),
    "firm": _set("firm company"),
    "company": _set("company firm"),
    "maker": _set("maker manufacturer company"),
    "judge": _set("magistrate"),
    "court": _set("court judge justice"),
}

# What stands after a name and is no part of it: "Ann Roe KC", "Bo Diaz MP".
POSTNOMINALS = _set("kc qc sc mp mep msp mla mpp td obe mbe cbe kbe dbe phd md dds esq frs")

# Roles as newspapers shorten them before a name.
SHORT_ROLES = {
    "cllr": "councillor", "cr": "councillor", "coun": "councillor",
    "sen": "senator", "rep": "representative", "gov": "governor",
    "gen": "general", "col": "colonel", "capt": "captain", "lt": "lieutenant", "sgt": "sergeant",
    "maj": "major", "adm": "admiral", "cmdr": "commander", "supt": "superintendent",
    "prof": "professor", "dr": "doctor", "rev": "reverend", "fr": "priest",
}  # fmt: skip

# What one does who has a role: "Roe, who leads the union".
ROLE_VERBS = {
    "leads": "leader", "led": "leader", "heads": "head", "headed": "head", "chairs": "chair",
    "chaired": "chair", "runs": "head", "owns": "owner", "commands": "commander",
    "commanded": "commander", "directs": "director", "edits": "editor", "manages": "manager",
    "coaches": "coach", "teaches": "teacher", "farms": "farmer", "drives": "driver",
    "founded": "founder",
}  # fmt: skip

# Offices of which a reader knows one holder: "the president" is nobody's epithet.
OFFICES = _set(
    "president minister premier chancellor king queen pope emperor sultan emir monarch governor "
    "mayor secretary-general speaker ambassador vicar rector coroner ombudsman"
)

# Nouns with which an article takes up a business, whichever it is.
COMPANY_NOUNS = _set(
    "company firm business group corporation retailer manufacturer carmaker automaker airline "
    "insurer lender bank brand maker supplier start-up startup developer operator utility chain "
    "line carrier contractor builder"
)

# Kinds of bodies that exclude each other: a union is no company.
BODY_KINDS = COMPANY_NOUNS | _set(
    "union association federation party charity club university institute think-tank newspaper "
    "broadcaster agency ministry department council court committee commission board parliament "
    "senate house office police hospital school church museum"
)

# Which nouns in its name let a body be taken up by another noun: "the agency" for "the Food
# Administration".
BODY_CLASSES: dict[str, frozenset[str]] = {
    "agency": _set("administration authority bureau service"),
    "department": _set("ministry office"),
    "ministry": _set("department office"),
}

# The small words that open a noun phrase, and those that end its head.
DEFINITE = _set("the this that these those such said")
INDEFINITE = _set("a an one another any every each no either neither")
DETERMINERS = DEFINITE | INDEFINITE | {"both", "all"}
NUMERALS = _set(
    "two three four five six seven eight nine ten eleven twelve several some many few most other "
    "others numerous various dozens hundreds thousands scores more multiple countless"
)
POSSESSIVE_PRONOUNS = _set("his her their its my our")
PREPOSITIONS = _set(
    "of for at in from on with to near by inside within among behind under against about during "
    "after before outside as per who whom whose which that speaking"
)

# Endings of plurals that are people: developers, economists.
AGENT_ENDINGS = ("ers", "ors", "ists", "ians", "ans", "ents", "ants", "ees", "crats")

SPOKESPERSON = _set("spokesman spokeswoman spokesperson")
