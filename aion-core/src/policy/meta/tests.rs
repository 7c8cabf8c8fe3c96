use super::*;

/// `name=content` of every meta, with `!` after those of the body.
fn metas(html: impl AsRef<[u8]>) -> Vec<String> {
    let mut found = Vec::new();
    for_each_meta(html.as_ref(), |meta| {
        found.push(format!("{}={}{}", meta.name, meta.content, if meta.in_head { "" } else { "!" }));
    });
    found
}

const NOINDEX: &str = "<meta name=robots content=noindex>";

#[test]
fn attributes_are_read_in_any_spelling() {
    for html in [
        "<meta name=\"robots\" content=\"noindex\">",
        "<META CONTENT='noindex' NAME='robots'/>",
        "<meta\nname = robots\tcontent = noindex >",
        "<meta name=&#114;obots content=no&#x69;ndex>",
        "<meta name=robots content=noindex name=other content=index>",
        "<meta charset=utf-8 property=x name=robots foo content=noindex bar>",
        "\u{feff}<!doctype html><html><head><meta name=\" robots \" content=' noindex\n'>",
        "<head></head><meta name=robots content=noindex>",
        "<noscript><meta name=robots content=noindex></noscript>",
        "<link rel=x><base><style>p{}</style><script>1<2</script><title>t</title> <meta name=robots content=noindex>",
    ] {
        assert_eq!(metas(html), ["robots=noindex"], "{html}");
    }
}

#[test]
fn what_is_text_is_no_meta() {
    for html in [
        format!("<!-- {NOINDEX} -->"),
        format!("<script>'{NOINDEX}'</script>"),
        format!("<script><!--<script>{NOINDEX}</script>--></script>"),
        format!("<style>{NOINDEX}</style>"),
        format!("<title>{NOINDEX}</title>"),
        format!("<textarea>{NOINDEX}"),
        format!("<xmp>{NOINDEX}</xmp><iframe>{NOINDEX}</iframe><noframes>{NOINDEX}</noframes>"),
        format!("<template>{NOINDEX}<template></template>{NOINDEX}</template>"),
        format!("<plaintext>{NOINDEX}"),
        format!("<p title=\"{NOINDEX}\">"),
        format!("<svg><![CDATA[{NOINDEX}]]></svg>"),
        "<meta name=robots>".into(),
        "<meta content=noindex>".into(),
        "<meta name=robots content=noindex".into(),
        "</meta name=robots content=noindex>".into(),
        "<metaa name=robots content=noindex>".into(),
        "&lt;meta name=robots content=noindex>".into(),
    ] {
        assert_eq!(metas(&html), Vec::<String>::new(), "{html}");
    }
}

#[test]
fn text_ends_where_the_standard_says() {
    for html in [
        format!("<script></scrip></script>{NOINDEX}"),
        format!("<!-->{NOINDEX}"),
        format!("<!--x--!>{NOINDEX}"),
        format!("<template></template>{NOINDEX}"),
        format!("<style></STYLE >{NOINDEX}"),
    ] {
        assert_eq!(metas(&html), ["robots=noindex"], "{html}");
    }
}

#[test]
fn the_body_is_told_from_the_head() {
    for html in [
        format!("<body>{NOINDEX}"),
        format!("<p>{NOINDEX}"),
        format!("text{NOINDEX}"),
        format!("<head></head></body>{NOINDEX}"),
        format!("<svg><title></title><style></style>{NOINDEX}"),
        format!("<svg><style>{NOINDEX}"),
        format!("<svg><foreignObject><style></style>{NOINDEX}"),
        format!("<math><mi>{NOINDEX}"),
    ] {
        assert_eq!(metas(&html), ["robots=noindex!"], "{html}");
    }
}

#[test]
fn other_encodings_are_read() {
    let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{NOINDEX}").encode_utf16().flat_map(unit).collect()
    };
    assert_eq!(metas(utf16(u16::to_le_bytes)), ["robots=noindex"]);
    assert_eq!(metas(utf16(u16::to_be_bytes)), ["robots=noindex"]);
    assert_eq!(
        metas([b"<title>\xff\xfe\0</title>".as_slice(), NOINDEX.as_bytes()].concat()),
        ["robots=noindex"]
    );
}

#[test]
fn hostile_documents_are_read_to_their_end() {
    let size = 1 << 20;
    for piece in [
        "<",
        "<a ",
        "<!--",
        "<div>",
        "\0",
        "&amp",
        "<template>",
        "</template>",
        "<svg>",
        "<![CDATA[",
        "<meta name=x ",
        "\"",
    ] {
        let html = format!(
            "{}\">-->]]>{}{}",
            piece.repeat(size / piece.len()),
            "</template>".repeat(size / 10),
            NOINDEX
        );
        assert!(metas(&html).len() <= 1, "{piece}");
    }
    let long = format!("<meta name=robots content=\"{}\">", "a".repeat(size));
    assert_eq!(metas(&long)[0].len(), "robots=".len() + MAX_VALUE_BYTES + 1);
    assert_eq!(
        metas(format!("<meta {}={} name=robots content=noindex>", "n".repeat(size), "v".repeat(size))),
        ["robots=noindex"]
    );
}
