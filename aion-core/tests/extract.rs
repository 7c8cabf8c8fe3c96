//! Reading of single pages: what is found in them.

#![expect(clippy::unwrap_used, reason = "a test tells what it leaves out, and fails loudly")]

use aion_core::{ErrorKind, ExtractOptions, Extracted, TextSource, extract_text};

const STORY: [&str; 3] = [
    "The harbour was built in the year of the great storm, and it has kept the town alive ever since.",
    "Every morning the boats go out before the sun is up, and most of them are back by noon with their catch.",
    "Nobody here remembers a winter as mild as this one, although the old logbooks tell of two that came close.",
];

fn read(html: &str) -> Extracted {
    extract_text(html.as_bytes(), &options()).unwrap()
}

fn options() -> ExtractOptions {
    let mut options = ExtractOptions::default();
    options.url = Some("https://town.example/news/harbour?id=1#top".into());
    options
}

fn page(head: &str, body: &str) -> String {
    let story: String = STORY.iter().map(|line| format!("<p>{line}</p>")).collect();
    format!(
        "<!doctype html><html lang=en-GB><head>{head}</head><body>{body}<div class=story>{story}</div></body></html>"
    )
}

#[test]
fn paragraphs_are_lines_and_furniture_is_left_out() {
    let furniture = "<nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav><div class='share-buttons'>Share \
        this story</div><div id=cookieConsent><p>We value your privacy, and so do all our 417 partners, who store data.</p></div>";
    assert_eq!(read(&page("<title>t</title>", furniture)).text, STORY.join("\n"));
}

#[test]
fn headings_lists_quotations_code_and_rows_are_kept_in_order() {
    let html = format!(
        "<article><p>{}</p><h2>What to bring</h2><ul><li>Warm clothes for the boat</li><li>Bread and cheese</li></ul>\
         <blockquote>“The sea gives, and the sea takes.”</blockquote><pre>a  b\n  c</pre>\
         <table><tr><th>Boat<th>Crew<tr><td>Aurora<td>4</table><p>{}</p><p>{}</p></article>",
        STORY[0], STORY[1], STORY[2]
    );
    let text = read(&html).text;
    let lines = [
        "What to bring",
        "Warm clothes for the boat",
        "“The sea gives, and the sea takes.”",
        "a  b\n  c",
        "Boat Crew",
        "Aurora 4",
    ];
    let places: Vec<_> = lines
        .iter()
        .map(|line| text.find(line).unwrap_or_else(|| panic!("{line} is not in {text}")))
        .collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn a_lead_and_quoted_posts_are_taken_back_and_other_stories_left_out() {
    let lead = "The town has lived from its harbour for ages, and it may soon have to live without it.";
    let post = "They will not close our harbour! See https://t.co/abc";
    let html = format!(
        "<article id=post-17><header class=head><div><p>{lead}</p></div></header><div class=body><p>{}</p><div class=social-embed>\
         <blockquote class=twitter-tweet><p>{post}</p>— The harbour master</blockquote></div><p>{}</p><p>{}</p>\
         <div class=image><img src=a.png><p>The boats at noon, seen from the old pier of the town.</p></div></div>\
         <article id=post-18><h2>Another story</h2><p>This is what they wrote of the other town, which has no harbour.</p>\
         </article></article>",
        STORY[0], STORY[1], STORY[2]
    );
    let text = read(&html).text;
    assert_eq!(text, [lead, STORY[0], post, "— The harbour master", STORY[1], STORY[2]].join("\n"));
}

#[test]
fn scripts_without_spaces_have_words_as_well() {
    let line = "港口建于大风暴那一年，从那时起，它就一直养活着这座小镇，人们每天清晨出海，中午带着渔获归来。";
    let story = format!("<p>{line}</p>").repeat(2) + &format!("<p>{line}{line}</p><p>今天{line}</p>");
    let page = read(&format!(
        "<div><p>{line}关于我们</p></div><div class=story>{story}</div><ul><li><a href=/a>首页<li><a href=/b>新闻</ul>"
    ));
    assert_eq!(page.source, TextSource::Article);
    assert!(page.text.contains("今天") && !page.text.contains("首页"), "{}", page.text);
}

#[test]
fn metadata_is_read_from_the_markup() {
    let head = "<title>The harbour of the town | Town News</title><link rel='canonical' href='/news/harbour#x'>\
        <meta name=Description content=' The old harbour. '><meta name=robots content=noindex><meta name=robots content=noai>\
        <meta property='article:published_time' content='2024-03-09T08:00:00+01:00'><meta property=og:title content=A>\
        <meta property=og:title content=B>";
    let body = "<h1>The harbour of the town</h1><img src=a.png alt='A boat'><img src=data:image/png;base64,AA>\
        <a href='../b?x=1#y' rel='x nofollow'>To <b>b</b></a><a href=../b?x=1>again</a><a href=mailto:a@b.c>m</a><a href='#top'>t</a>";
    let page = read(&page(head, body));
    assert_eq!(page.title, "The harbour of the town");
    assert_eq!(page.language.as_deref(), Some("en-GB"));
    assert_eq!(page.canonical.as_deref(), Some("https://town.example/news/harbour"));
    assert_eq!(page.published.as_deref(), Some("2024-03-09T08:00:00+01:00"));
    assert_eq!(page.meta["description"], "The old harbour.");
    assert_eq!(page.meta["robots"], "noindex, noai");
    assert_eq!(page.meta["og:title"], "A");
    let links: Vec<_> =
        page.links.iter().map(|link| (link.url.as_str(), link.text.as_str(), link.nofollow)).collect();
    assert_eq!(links, [("https://town.example/b?x=1", "To b", true)]);
    let images: Vec<_> = page.images.iter().map(|image| (image.url.as_str(), image.alt.as_str())).collect();
    assert_eq!(images, [("https://town.example/news/a.png", "A boat")]);
}

#[test]
fn a_base_element_moves_relative_links_and_none_leaves_them() {
    let html = "<base href='https://other.example/a/'><a href=b>b</a>";
    assert_eq!(read(html).links[0].url, "https://other.example/a/b");
    let page =
        extract_text(b"<a href='b?c#d'>b</a><a href='javascript:x()'>c</a>", &ExtractOptions::default())
            .unwrap();
    assert_eq!(page.links.len(), 1);
    assert_eq!(page.links[0].url, "b?c");
}

#[test]
fn json_ld_gives_what_the_markup_lacks() {
    let body = STORY.join(" ");
    let html = format!(
        "<script type='application/ld+json'>{{\"@graph\":[{{\"@type\":[\"NewsArticle\"],\"headline\":\"Harbour\",\
         \"datePublished\":\"2023-01-02\",\"inLanguage\":\"pt_BR\",\"articleBody\":\"{body}\"}}]}}</script><p>Loading"
    );
    let page = read(&html);
    assert_eq!((page.title.as_str(), page.text.as_str()), ("Harbour", body.as_str()));
    assert_eq!(page.source, TextSource::JsonLd);
    assert_eq!(page.published.as_deref(), Some("2023-01-02"));
    assert_eq!(page.language.as_deref(), Some("pt-BR"));
}

#[test]
fn the_charset_is_that_of_the_mark_the_header_or_the_page() {
    let cases: &[(&[u8], Option<&str>, &str)] = &[
        (b"\xef\xbb\xbf<title>\xc3\xa7\xc3\xa3o", Some("text/html; charset=koi8-r"), "UTF-8"),
        (b"<title>\xe7\xe3o", Some("text/html; Charset=\"ISO-8859-1\""), "windows-1252"),
        (
            b"<meta http-equiv=content-type content='text/html; charset=iso-8859-1'><title>\xe7\xe3o",
            None,
            "windows-1252",
        ),
        (b"<?xml version='1.0' encoding='latin1'?><title>\xe7\xe3o", None, "windows-1252"),
        (b"<!-- <meta charset=gbk> --><meta charset=utf-8><title>\xc3\xa7\xc3\xa3o", None, "UTF-8"),
        (b"<meta charset=utf-16><title>\xc3\xa7\xc3\xa3o", None, "UTF-8"),
        (b"<meta charset=nonsense><title>\xc3\xa7\xc3\xa3o", Some("text/html; charset="), "UTF-8"),
        (b"<title>\xe7\xe3o", None, "windows-1252"),
        (b"\xff\xfe<\0t\0i\0t\0l\0e\0>\0\xe7\0\xe3\0o\0", None, "UTF-16LE"),
    ];
    for (bytes, header, charset) in cases {
        let mut options = ExtractOptions::default();
        options.content_type = header.map(str::to_owned);
        let page = extract_text(bytes, &options).unwrap();
        assert_eq!(
            (page.title.as_str(), page.charset),
            ("ção", *charset),
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn a_page_over_the_limit_is_an_error() {
    let mut options = ExtractOptions::default();
    options.max_bytes = 3;
    assert_eq!(extract_text(b"abcd", &options).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert!(extract_text(b"abc", &options).is_ok());
}
