"""Makes the small documents of the tests, with the standard library alone: `python make.py` in this folder."""

import hashlib
import zipfile
import zlib
from pathlib import Path

HERE = Path(__file__).parent
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CORE = """<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:title>Tides of the bay</dc:title>
<dc:creator>Ana Lima</dc:creator><dc:language>pt-BR</dc:language>
<dcterms:created>2024-03-09T08:00:00Z</dcterms:created></cp:coreProperties>"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def archive(name: str, members: dict[str, str | bytes]) -> None:
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as file:
        for member, content in members.items():
            file.writestr(zipfile.ZipInfo(member), content, zipfile.ZIP_DEFLATED)


def relations(*rows: tuple[str, str, str]) -> str:
    """Rows of id, kind and target; a target with a scheme is outside."""
    body = "".join(
        f'<Relationship Id="{key}" Type="{RELATION}/{kind}" Target="{target}"'
        + (' TargetMode="External"' if "://" in target else "")
        + "/>"
        for key, kind, target in rows
    )
    return f'<Relationships xmlns="{PACKAGE}">{body}</Relationships>'


def package(main: str) -> str:
    return relations(("a", "officeDocument", main), ("b", "metadata/core-properties", "docProps/core.xml"))


def paragraph(text: str, style: str = "") -> str:
    style = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{style}<w:r><w:t>{text}</w:t></w:r></w:p>"


def docx() -> None:
    cell = "<w:tc>{}</w:tc>".format
    row = "<w:tr>{}</w:tr>".format
    body = (
        paragraph("The tides", "berschrift1")
        + paragraph("High water comes twice a day &amp; goes.")
        + '<w:p><w:r><w:t>See </w:t></w:r><w:hyperlink r:id="web"><w:r><w:t>the table</w:t></w:r></w:hyperlink>'
        + '<w:r><w:t xml:space="preserve"> of the port</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        + "<w:tbl>"
        + row(cell(paragraph("Port")) + cell(paragraph("Height")))
        + row(cell(paragraph("Belém")) + cell(paragraph("3.6") + paragraph("metres")))
        + "</w:tbl>"
        + '<w:p><w:r><w:drawing><wp:docPr id="1" descr="A lighthouse"/><a:blip r:embed="pic"/></w:drawing></w:r></w:p>'
        + "<w:p><w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom>"
        + "<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:r><w:t>One</w:t><w:br/><w:t>Two</w:t></w:r></w:p>"
    )
    header = f'<w:hdr xmlns:w="{WORD}">{paragraph("Harbour office")}</w:hdr>'
    archive(
        "letter.docx",
        {
            "_rels/.rels": package("word/document.xml"),
            "docProps/core.xml": CORE,
            "word/document.xml": f'<w:document xmlns:w="{WORD}" xmlns:a="{DRAWING}" xmlns:wp="p" xmlns:r="{RELATION}">'
            f"<w:body>{body}</w:body></w:document>",
            "word/styles.xml": f'<w:styles xmlns:w="{WORD}"><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/>'
            "</w:style></w:styles>",
            "word/footnotes.xml": f'<w:footnotes xmlns:w="{WORD}"><w:footnote>{paragraph("By the gauge.")}</w:footnote>'
            "</w:footnotes>",
            "word/header1.xml": header,
            "word/header2.xml": header,
            "word/media/image1.png": PIXEL,
            "word/_rels/document.xml.rels": relations(
                ("s", "styles", "styles.xml"),
                ("f", "footnotes", "footnotes.xml"),
                ("h1", "header", "header1.xml"),
                ("h2", "header", "header2.xml"),
                ("pic", "image", "media/image1.png"),
                ("web", "hyperlink", "https://port.example/tides#today"),
            ),
        },
    )


def shape(text: str, placeholder: str = "") -> str:
    placeholder = f'<p:nvPr><p:ph type="{placeholder}"/></p:nvPr>' if placeholder else ""
    return (
        f"<p:sp><p:nvSpPr>{placeholder}</p:nvSpPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def slide(tag: str, *shapes: str) -> str:
    return f'<p:{tag} xmlns:p="{SLIDES}" xmlns:a="{DRAWING}" xmlns:r="{RELATION}">{"".join(shapes)}</p:{tag}>'


def pptx() -> None:
    chart = (
        '<c:chart xmlns:c="c" xmlns:a="a"><c:title><a:t>Boats</a:t></c:title><c:ser><c:tx><c:v>Out</c:v></c:tx>'
        "<c:cat><c:v>May</c:v><c:v>June</c:v></c:cat><c:val><c:v>7</c:v><c:v>9</c:v></c:val></c:ser></c:chart>"
    )
    archive(
        "slides.pptx",
        {
            "_rels/.rels": package("ppt/presentation.xml"),
            "docProps/core.xml": "<cp:coreProperties/>",
            "ppt/presentation.xml": slide(
                "presentation", '<p:sldIdLst><p:sldId id="256" r:id="two"/><p:sldId id="257" r:id="one"/></p:sldIdLst>'
            ),
            "ppt/_rels/presentation.xml.rels": relations(
                ("one", "slide", "slides/slide1.xml"), ("two", "slide", "slides/slide2.xml")
            ),
            "ppt/slides/slide1.xml": slide("sld", shape("Second to be shown"), shape("7", "sldNum")),
            "ppt/slides/slide2.xml": slide(
                "sld", shape("Harbours", "ctrTitle"), '<p:graphicFrame><c:chart r:id="c"/></p:graphicFrame>'
            ),
            "ppt/slides/_rels/slide2.xml.rels": relations(
                ("c", "chart", "../charts/chart1.xml"), ("n", "notesSlide", "../notesSlides/notesSlide1.xml")
            ),
            "ppt/charts/chart1.xml": chart,
            "ppt/notesSlides/notesSlide1.xml": slide("notes", shape("Speak slowly", "body"), shape("1", "sldNum")),
        },
    )


def xlsx() -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2" s="1"><v>45360</v></c><c r="B2"><v>0.30000000000000004</v></c>'
        '<c r="E2" t="b"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far away</t></is></c></row>'
    )
    archive(
        "book.xlsx",
        {
            "_rels/.rels": package("xl/workbook.xml"),
            "docProps/core.xml": CORE,
            "xl/workbook.xml": f'<workbook xmlns="{SHEETS}" xmlns:r="{RELATION}"><sheets>'
            '<sheet name="Levels" sheetId="1" r:id="s1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("s1", "worksheet", "worksheets/sheet1.xml"),
                ("s2", "sharedStrings", "sharedStrings.xml"),
                ("s3", "styles", "styles.xml"),
            ),
            "xl/sharedStrings.xml": f'<sst xmlns="{SHEETS}"><si><t>Day</t></si><si><t>Metres</t></si></sst>',
            "xl/styles.xml": f'<styleSheet xmlns="{SHEETS}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
            "</styleSheet>",
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEETS}" xmlns:r="{RELATION}"><sheetData>{rows}</sheetData>'
            '<hyperlinks><hyperlink ref="A1" r:id="h"/></hyperlinks></worksheet>',
            "xl/worksheets/_rels/sheet1.xml.rels": relations(("h", "hyperlink", "https://port.example/levels")),
        },
    )


def odf() -> None:
    meta = '<office:document-meta xmlns:office="o" xmlns:dc="d" xmlns:meta="m"><dc:title>Log of the Ana</dc:title>\
<dc:language>pt</dc:language><meta:creation-date>2024-03-09T08:00:00</meta:creation-date></office:document-meta>'
    content = '<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:draw="d" xmlns:svg="s" \
xmlns:xlink="x">{}</office:document-content>'.format
    text = (
        '<text:h text:outline-level="1">Log</text:h><text:p>Left<text:s/>at <text:a xlink:href="https://port.example/">the '
        "port</text:a>.</text:p><table:table><table:table-row><table:table-cell><text:p>Crew</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2"><text:p>4</text:p></table:table-cell></table:table-row>'
        '</table:table><text:p><draw:frame><draw:image xlink:href="Pictures/a.png"/><svg:desc>A boat</svg:desc>'
        "</draw:frame></text:p>"
    )
    media_type = "application/vnd.oasis.opendocument."
    archive(
        "log.odt",
        {"mimetype": media_type + "text", "meta.xml": meta, "content.xml": content(text), "Pictures/a.png": PIXEL},
    )
    sheet = (
        '<table:table table:name="Crew"><table:table-row><table:table-cell><text:p>Ana</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="16383"/></table:table-row></table:table>'
    )
    archive("crew.ods", {"mimetype": media_type + "spreadsheet", "meta.xml": meta, "content.xml": content(sheet)})


class Pdf:
    """A file of numbered objects, with the standard's simplest encryption if it has a key."""

    def __init__(self, key: bytes = b"") -> None:
        self.objects: list[bytes] = []
        self.key = key

    def add(self, dictionary: str, stream: bytes | None = None) -> int:
        number = len(self.objects) + 1
        body = dictionary.encode()
        if stream is not None:
            data = zlib.compress(stream)
            if self.key:
                salt = number.to_bytes(3, "little") + b"\0\0"
                data = rc4(hashlib.md5(self.key + salt).digest()[:10], data)
            entries = f"/Filter /FlateDecode /Length {len(data)}".encode()
            body = b"<<" + body + entries + b">>\nstream\n" + data + b"\nendstream"
        self.objects.append(body)
        return number

    def save(self, name: str, root: int, extra: str) -> None:
        out = bytearray(b"%PDF-1.4\n")
        places = []
        for number, body in enumerate(self.objects, 1):
            places.append(len(out))
            out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
        start = len(out)
        out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
        out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
        out += f"trailer <</Size {len(places) + 1} /Root {root} 0 R {extra}>>\nstartxref\n{start}\n%%EOF\n".encode()
        (HERE / name).write_bytes(out)


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def at(x: float, y: float, text: str, size: int = 10) -> str:
    return f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET\n"


LEFT = [
    "The boats of the bay go out with the ebb and",
    "come back with the flood, and their har-",
    "bour is dry for six hours of the twelve in",
    "between, so that nobody leaves or enters.",
]
RIGHT = [
    "On the other side of the bay the water is",
    "deep at all hours, and ships of any size can",
    "lie there; the road to it is long, though,",
    "and it was built much later than the town.",
]


def pages(key: bytes = b"") -> tuple[Pdf, int, int]:
    pdf = Pdf(key)
    font = pdf.add("<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>")
    kids = []
    parent = 12
    for number in (1, 2, 3):
        text = at(50, 800, "Journal of the bay") + at(290, 20, f"Page {number} of 3")
        if number == 1:
            text += at(50, 760, "Of tides and boats", 20)
            for row, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
                text += at(50, 700 - 12 * row, left) + at(310, 700 - 12 * row, right)
        elif number == 2:
            for row, cells in enumerate((("Port", "Height"), ("Belem", "3.6"), ("Natal", "2.8"))):
                text += at(50, 700 - 14 * row, cells[0]) + at(250, 700 - 14 * row, cells[1])
        else:
            text += at(50, 700, "The end.")
        content = pdf.add("", text.encode())
        link = (
            "/Annots [<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /A <</S /URI /URI (https://bay.example/)>> >>]"
            if number == 1 and not key
            else ""
        )
        kids.append(
            pdf.add(
                f"<</Type /Page /Parent {parent} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R {link}"
                f" /Resources <</Font <</F {font} 0 R>> >> >>"
            )
        )
    while len(pdf.objects) < parent - 1:
        pdf.add("null")
    refs = " ".join(f"{kid} 0 R" for kid in kids)
    tree = pdf.add(f"<</Type /Pages /Count 3 /Kids [{refs}]>>")
    assert tree == parent
    return pdf, pdf.add(f"<</Type /Catalog /Pages {tree} 0 R /Lang (en-GB)>>"), len(pdf.objects)


def paper() -> None:
    pdf, root, _ = pages()
    info = pdf.add("<</Title (The bay) /Author (Ana Lima) /CreationDate (D:20240309080000+01'00')>>")
    pdf.save("paper.pdf", root, f"/Info {info} 0 R")


def encrypted() -> None:
    """RC4 with 40 bits (ISO 32000-1, 7.6.3), with a user password."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    password = (b"secret" + padding)[:32]
    owner = rc4(hashlib.md5(password).digest()[:5], password)
    identifier = b"0123456789abcdef"
    key = hashlib.md5(password + owner + (-4 & 0xFFFFFFFF).to_bytes(4, "little") + identifier).digest()[:5]
    user = rc4(key, padding)
    pdf, root, _ = pages(key)
    crypt = pdf.add(f"<</Filter /Standard /V 1 /R 2 /P -4 /O <{owner.hex()}> /U <{user.hex()}>>>")
    pdf.save("locked.pdf", root, f"/Encrypt {crypt} 0 R /ID [<{identifier.hex()}> <{identifier.hex()}>]")


def scan() -> None:
    """One page, turned, with nothing but an image: its upper half black."""
    pdf = Pdf()
    image = pdf.add(
        "/Type /XObject /Subtype /Image /Width 200 /Height 300 /ColorSpace /DeviceGray /BitsPerComponent 8 ",
        bytes(200 * 150) + b"\xff" * (200 * 150),
    )
    content = pdf.add("", b"q 200 0 0 300 0 0 cm /I Do Q")
    page = pdf.add(
        f"<</Type /Page /Parent 4 0 R /MediaBox [0 0 200 300] /Rotate 90 /Contents {content} 0 R"
        f" /Resources <</XObject <</I {image} 0 R>> >> >>"
    )
    tree = pdf.add(f"<</Type /Pages /Count 1 /Kids [{page} 0 R]>>")
    pdf.save("scan.pdf", pdf.add(f"<</Type /Catalog /Pages {tree} 0 R>>"), "")


if __name__ == "__main__":
    for make in (docx, pptx, xlsx, odf, paper, encrypted, scan):
        make()
