"""What the letters say. Every name and number is invented.

Telephone numbers come from the range 01632 960, which Ofcom keeps for fiction.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class LetterText:
    sender: str
    sender_address: list[str]
    date: str
    recipient: list[str]
    subject: str
    salutation: str
    paragraphs: list[str]
    closing: str
    signer: str
    role: str


SHIPPED = LetterText(
    sender="Quillmoor Paper Works",
    sender_address=[
        "14 Lantern Street, Oldferry OF3 7QX",
        "Telephone 01632 960418",
        "post@quillmoor.example",
    ],
    date="12 March 2024",
    recipient=["Ms Edda Hartwright", "The Blue Kettle Bookshop", "5 Harbour Row", "Wexmouth WX1 4TR"],
    subject="Your order of handmade notebooks",
    salutation="Dear Ms Hartwright,",
    paragraphs=[
        ("Thank you for your letter of 4 March and for your order of 240 handmade notebooks. We were glad "
        "to read that the first delivery sold so quickly, and that your customers liked the thick cream "
        "paper as much as we do. The new notebooks will be bound in the same way, with a linen spine and "
        "a small pocket inside the back cover."),
        ("Our workshop can finish the order within three weeks. We will send half of the boxes on Tuesday, "
        "26 March, and the other half one week later, so that your shelves are full before the summer "
        "visitors arrive. The price stays at 6.50 pounds for each notebook, and we pay for the transport. "
        "The invoice is due thirty days after the second delivery."),
        ("Please tell us by Friday which colours you would like on the covers. A sheet with samples of all "
        "nine colours is enclosed, and you are welcome to keep it. If you happen to be near Oldferry this "
        "spring, come and see the old paper mill at work; the kettle is always on."),
    ],
    closing="Yours sincerely,",
    signer="Corin Ashdale",
    role="Head of Sales",
)

_SENDERS = (
    "Quillmoor Paper Works", "Brackenfold Clocks", "Tidewick Boats", "Larkhope Gardens", "Ironquay Tools",
    "Saltwhistle Pottery", "Amberquist Dairy", "Nettlequist Press", "Fernquill Joinery", "Oakspindle Mill",
)
_STREETS = ("Lantern Street", "Harbour Row", "Mill Lane", "Orchard Close", "Station Road", "Chapel Hill", "Quay Side")
_TOWNS = ("Oldferry OF3 7QX", "Wexmouth WX1 4TR", "Dunbarrow DB8 2LN", "Highcombe HC5 9EE", "Marlstow MW2 6PA")
_TITLES = ("Ms", "Mr", "Dr")
_FIRST_NAMES = ("Edda", "Corin", "Maud", "Tobin", "Isla", "Rufus", "Petra", "Owen", "Nell", "Hugo", "Ada", "Leopold")
_LAST_NAMES = ("Hartwright", "Ashdale", "Pemberlow", "Thistlequist", "Quarrybeck", "Wintermoss", "Oakenbrow")
_ROLES = ("Head of Sales", "Manager", "Secretary", "Director", "Customer Service", "Accounts Department", "Owner")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)
_GOODS = (
    "handmade notebooks", "garden benches", "kitchen clocks", "oak shelves", "blue teapots", "rowing boats",
    "apple trees", "brass lamps", "woollen blankets", "printed calendars", "copper pans", "bread knives",
)
_SUBJECTS = (
    "Your order of {goods}", "Invoice {number} for {goods}", "Delivery of {goods} on {day}",
    "Our new prices for {goods}", "Your complaint of {day}", "Invitation to our open day on {day}",
)
_OPENINGS = (
    "Thank you for your letter of {day} and for your order of {number} {goods}.",
    "We write to you about invoice {number}, which we sent on {day}.",
    "It was a pleasure to meet you at our stand on {day} and to show you our {goods}.",
    "We are sorry to hear that the {goods} which we sent on {day} arrived late.",
    "We are pleased to tell you that our workshop in {town} is open again since {day}.",
)
_MIDDLES = (
    "The goods will leave our store on {day} and should reach you two days later.",
    "Please find enclosed a list of all {goods} that we have in stock at present.",
    "The price stays at {price} pounds for each piece, and we pay for the transport.",
    "As agreed on the telephone, we have changed the quantity from {number} to {number2}.",
    "If anything is missing, let us know within ten days and we will replace it at no cost.",
    "Because the cost of timber has risen, we must ask for a deposit of {price} pounds.",
    "Our driver will call you in the morning to agree on a time for the delivery.",
    "The invoice is due thirty days after the delivery of the last box.",
    "We have checked every piece by hand, and a second person has checked it again.",
    "You will also find a small present for your staff in the first of the {number} boxes.",
    "Last year we made {number} {goods}, more than in any year before.",
    "Our catalogue for the new season shows {number2} products, half of them for the first time.",
)
_ENDINGS = (
    "Please sign the enclosed copy and return it to us by {day}.",
    "We look forward to hearing from you and remain at your service.",
    "If you have any questions, call us on any working day between nine and five.",
    "We hope to welcome you in {town} before the end of the year.",
    "Thank you again for your trust in our work.",
)
_CLOSINGS = ("Yours sincerely,", "Yours faithfully,", "Kind regards,", "With best wishes,")


def random_text(rng: random.Random) -> LetterText:
    sender = rng.choice(_SENDERS)
    recipient = f"{rng.choice(_TITLES)} {_person(rng)}"
    site = sender.split()[0].lower()
    return LetterText(
        sender=sender,
        sender_address=[_address(rng), f"Telephone 01632 960{rng.randint(0, 999):03}", f"post@{site}.example"],
        date=f"{_day(rng)} {rng.randint(1994, 2025)}",
        recipient=[recipient, f"{rng.randint(1, 98)} {rng.choice(_STREETS)}", rng.choice(_TOWNS)],
        subject=_filled(rng.choice(_SUBJECTS), rng),
        salutation=f"Dear {recipient.split()[0]} {recipient.split()[-1]},",
        paragraphs=[
            _paragraph(rng, [rng.choice(_OPENINGS), *rng.sample(_MIDDLES, rng.randint(2, 4))]),
            _paragraph(rng, rng.sample(_MIDDLES, rng.randint(4, 6))),
            _paragraph(rng, [*rng.sample(_MIDDLES, 2), *rng.sample(_ENDINGS, 2)]),
        ],
        closing=rng.choice(_CLOSINGS),
        signer=_person(rng),
        role=rng.choice(_ROLES),
    )


def _paragraph(rng: random.Random, sentences: list[str]) -> str:
    return " ".join(_filled(sentence, rng) for sentence in sentences)


def _filled(template: str, rng: random.Random) -> str:
    return template.format(
        goods=rng.choice(_GOODS),
        day=_day(rng),
        town=rng.choice(_TOWNS).split()[0],
        number=rng.randint(20, 480),
        number2=rng.randint(500, 900),
        price=f"{rng.randint(3, 60)}.{rng.choice((0, 25, 50, 75)):02}",
    )


def _person(rng: random.Random) -> str:
    return f"{rng.choice(_FIRST_NAMES)} {rng.choice(_LAST_NAMES)}"


def _address(rng: random.Random) -> str:
    return f"{rng.randint(1, 98)} {rng.choice(_STREETS)}, {rng.choice(_TOWNS)}"


def _day(rng: random.Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(_MONTHS)}"
