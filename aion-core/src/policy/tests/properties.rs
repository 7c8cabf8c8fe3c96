use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(
        url in ".{0,64}", text in ".{0,256}", name in header_name(), value in ".{0,64}",
        html in prop::collection::vec(any::<u8>(), 0..256), status: u16,
    ) {
        let headers = [(name, value.as_str())];
        let (headers, html, status) = (&headers[..], Some(html.as_slice()), Some(status));
        let page = PolicyPage { url: &url, text: &text, headers, html, status, ..PolicyPage::default() };
        let verdict = check(page);
        for reason in verdict.reasons {
            prop_assert!(!reason.message(Language::Portuguese).chars().any(char::is_control));
        }
        let _ = html.and_then(TdmFile::parse).map(|file| file.rights(&url));
        let _ = html.map(ContentUsage::parse);
    }

    #[test]
    fn markup_soup_is_read_without_harm(pieces in prop::collection::vec(markup(), 0..32)) {
        let html = pieces.concat();
        let page = PolicyPage { html: Some(html.as_bytes()), ..PolicyPage::default() };
        let verdict = check(page);
        // What no tokenizer could take for a meta element is none.
        let objects = verdict.against(Use::Train).any(|reason| reason.code != ReasonCode::TooShort);
        prop_assert!(!objects || html.contains("<meta name=robots"));
    }
}

fn header_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "X-Robots-Tag",
        "tdm-reservation",
        "tdm-policy",
        "Content-Usage",
        "Content-Signal",
        "Other",
    ])
}

fn markup() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<meta name=robots",
        " content=noindex>",
        ">",
        "<",
        "/",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<template>",
        "</template>",
        "<svg>",
        "</svg>",
        "<foreignObject>",
        "</foreignObject>",
        "<![CDATA[",
        "]]>",
        "<noscript>",
        "<p ",
        "\"",
        "'",
        "=",
        "\0",
        "&",
        "é",
        " ",
        "<math><mi>",
        "<body>",
        "</head>",
        "<plaintext>",
        "<textarea>",
    ])
}
