//! Hostile and random pages: they end soon, with the text that can be had, and without a panic.

#![expect(clippy::unwrap_used, reason = "a test tells what it leaves out, and fails loudly")]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use aion_core::{ExtractOptions, Extracted, extract_text};
use proptest::prelude::*;

fn read(html: &str) -> Extracted {
    extract_text(html.as_bytes(), &options()).unwrap()
}

fn options() -> ExtractOptions {
    let mut options = ExtractOptions::default();
    options.url = Some("https://town.example/news/harbour?id=1#top".into());
    options
}

/// Each page would cost a naive reader its stack, its memory or minutes.
#[test]
fn hostile_markup_ends_soon_and_keeps_its_text() {
    let end = "<p>The word is albatross.</p>";
    let mb = 10 << 20;
    let numbered = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<String>();
    let pages: Vec<(&str, String)> = vec![
        ("deep", "<div>".repeat(50_000) + end),
        ("deep tables", "<table><tr><td>".repeat(20_000) + end),
        ("deep inline", "<b><i><u>".repeat(20_000) + end),
        ("deep lists", "<ul><li>".repeat(100_000) + end),
        ("just modest", "<div>".repeat(500) + end + &"x y z, ".repeat(100_000)),
        (
            "formatting again and again",
            numbered(3_000, &|n| format!("<b id={n}>")) + &"<p>x".repeat(100_000) + end,
        ),
        ("adoption", "<a><div>".repeat(50_000) + &"</a></div>".repeat(50_000) + end),
        ("foster parents", "<table>".to_owned() + &"<b>x<td>".repeat(100_000) + end),
        ("attributes", format!("<p {}>{end}", numbered(1_000_000, &|n| format!("a{n} ")))),
        ("attributes without gaps", format!("<p {}>{end}", numbered(500_000, &|n| format!("a{n}=''")))),
        (
            "attributes again and again",
            format!("<p {}>", numbered(30_000, &|n| format!("a{n} ")) + &"a29999 ".repeat(20_000)).repeat(25)
                + end,
        ),
        (
            "huge attribute",
            format!("<p class='{}' style='{}'>{end}", "a ".repeat(mb / 4), "b".repeat(mb / 2)),
        ),
        (
            "huge title",
            format!("<title>{}</title>{}{end}", "a b ".repeat(1 << 20), "<h2>a b c d e</h2>".repeat(20_000)),
        ),
        ("links", numbered(200_000, &|n| format!("<a href=/{n}>{n}</a> ")) + end),
        ("breaks", "<br>".repeat(1 << 20) + end),
        ("paragraphs", "<p>a, b, c, d and so on and on.".repeat(150_000) + end),
        (
            "siblings",
            "<div class=x><p>a, b, c, d and so on and on, until the end.</p></div>".repeat(60_000) + end,
        ),
        (
            "different paragraphs",
            numbered(60_000, &|n| format!("<p>Of the {n} boats, some came back, and some did not.</p>"))
                + end,
        ),
        (
            "different sections",
            numbered(25_000, &|n| {
                format!(
                    "<div class=s{n}><h2>The {n} boats</h2><p>They came back, all of the {n} of them, before noon.</p></div>"
                )
            }) + end,
        ),
        (
            "lists in lists",
            "<ul><li><a href=x>a, b, c</a> and so on, and so on, and so on".repeat(200)
                + &"<li>a, b, c, and so on, and on".repeat(20_000)
                + end,
        ),
        (
            "tables in tables",
            ("<table><tr><td>".repeat(100)
                + &"<p>a, b, c, and so on, and on</p>".repeat(500)
                + &"</table>".repeat(100))
                .repeat(10)
                + end,
        ),
        ("junk", "\0\u{1}<\u{2}>&#0;&#xffffff;<![CDATA[ ]]> </p></b><!>".repeat(mb / 45) + end),
        ("opened comment", format!("{end}<!-- {}", "a b ".repeat(mb / 4))),
        ("opened script", format!("{end}<script>{}", "if (a < b) {}".repeat(mb / 14))),
        ("less-than signs", end.to_owned() + &"<".repeat(mb)),
        ("comments", format!("<!--{}-->", "x".repeat(99)).repeat(mb / 107) + end),
        ("json", format!("<script type=application/ld+json>{}</script>{end}", "[".repeat(500_000))),
        ("select", "<select><option>".repeat(50_000) + "</select>" + end),
        ("foreign", "<svg><math><mi>".repeat(20_000) + "</svg>" + end),
        ("templates", "<template>".repeat(50_000) + end),
        ("frames", "<frameset>".repeat(50_000) + end),
    ];
    for (name, html) in pages {
        let start = Instant::now();
        // Half the stack of a Rust thread.
        let work = move || extract_text(html.as_bytes(), &options()).unwrap();
        let page = std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
        let took = start.elapsed();
        println!("{name}: {took:?} {:?} {} bytes", page.source, page.text.len());
        // No measure of speed: the naive reader needs minutes.
        assert!(took < Duration::from_secs(60), "{name}: {took:?}");
        let hidden = ["less-than signs", "foreign", "templates", "frames", "select"];
        assert!(
            hidden.contains(&name) || page.text.contains("albatross"),
            "{name}: {:?} {}",
            page.source,
            page.text.len()
        );
    }
}

fn markup() -> impl Strategy<Value = String> {
    let tags = prop_oneof![
        Just("p"),
        Just("div"),
        Just("table"),
        Just("td"),
        Just("tr"),
        Just("b"),
        Just("a"),
        Just("ul"),
        Just("li"),
        Just("h2"),
        Just("article"),
        Just("blockquote"),
        Just("br"),
        Just("form"),
        Just("button"),
        Just("nav"),
    ];
    let piece = prop_oneof![
        4 => "[a-z]{1,8}( [a-z]{1,8}){0,12}[.,]? ",
        3 => (tags.clone(), "(class=(ad|story|share-x))?").prop_map(|(tag, rest)| format!("<{tag} {rest}>")),
        2 => tags.prop_map(|tag| format!("</{tag}>")),
    ];
    prop::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000), charset in "[ -~]{0,20}") {
        let mut options = options();
        options.content_type = Some(format!("text/html; charset={charset}"));
        prop_assert!(extract_text(&bytes, &options).is_ok());
    }

    #[test]
    fn any_markup_is_read_and_its_text_is_of_the_page(html in markup()) {
        let page = read(&html);
        // Parsers move text out of tables, so the order of words may change, but never a word.
        let spaced = html.replace('<', " <").replace('>', "> ");
        let words: HashSet<&str> = spaced.split_whitespace().collect();
        for word in page.text.split_whitespace() {
            prop_assert!(words.contains(word), "{word:?} is not in {html:?}");
        }
    }

    #[test]
    fn reading_is_deterministic(html in markup()) {
        prop_assert_eq!(read(&html), read(&html));
    }
}
