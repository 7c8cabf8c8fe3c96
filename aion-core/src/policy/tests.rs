use super::*;
use crate::preference::Preference;

mod properties;

fn article() -> String {
    "Água mole em pedra dura tanto bate até que fura. ".repeat(10)
}

fn check(page: PolicyPage<'_>) -> Verdict {
    check_policy(&page, &PolicyOptions::default())
}

/// `code:use` of every reason.
fn codes(verdict: &Verdict) -> Vec<String> {
    verdict.reasons.iter().map(|reason| format!("{}:{}", reason.code, reason.usage)).collect()
}

fn of_headers(headers: &[(&str, &str)]) -> Vec<String> {
    codes(&check(PolicyPage { url: "https://e.com/", text: &article(), headers, ..PolicyPage::default() }))
}

fn of_html(html: &str) -> Vec<String> {
    let html = Some(html.as_bytes());
    codes(&check(PolicyPage { url: "https://e.com/", text: &article(), html, ..PolicyPage::default() }))
}

fn of_site(site: SiteSignals, headers: &[(&str, &str)]) -> Vec<String> {
    codes(&check(PolicyPage {
        url: "https://e.com/",
        text: &article(),
        headers,
        site,
        ..PolicyPage::default()
    }))
}

fn tdm(mining: Preference) -> SiteSignals {
    SiteSignals { tdm: TdmRights { mining, ..TdmRights::default() }, ..SiteSignals::default() }
}

const NOTHING: [&str; 0] = [];

#[test]
fn names_of_codes_are_unique_and_found_again() {
    for (at, code) in ReasonCode::ALL.iter().enumerate() {
        assert_eq!(ReasonCode::ALL.iter().position(|other| other.name() == code.name()), Some(at));
        assert_eq!(ReasonCode::from_name(code.name()), Some(*code));
    }
    assert_eq!(ReasonCode::from_name("none"), None);
}

#[test]
fn a_plain_page_is_welcome() {
    let html = Some(b"<title>x</title><meta name=robots content='index, follow'>".as_slice());
    let text = article();
    let verdict = check(PolicyPage {
        url: "https://e.com/a",
        text: &text,
        html,
        status: Some(200),
        ..PolicyPage::default()
    });
    assert_eq!(codes(&verdict), NOTHING);
    assert!(verdict.ok() && verdict.allows(Use::Train) && verdict.follow_links);
    assert!(verdict.waived.is_empty() && verdict.ignored.is_empty() && verdict.unknown.is_empty());
}

#[test]
fn route_length_and_identifiers_forbid_both_uses() {
    let text = article();
    let verdict = check(PolicyPage { url: "https://e.com/login", text: &text, ..PolicyPage::default() });
    assert_eq!(codes(&verdict), ["private_route:ingest", "private_route:train"]);
    let verdict =
        check(PolicyPage { url: "https://e.com/", text: &"a".repeat(119), ..PolicyPage::default() });
    assert_eq!(codes(&verdict), ["too_short:ingest", "too_short:train"]);
    let text = format!("{text} CPF 390.533.447-05");
    let verdict = check(PolicyPage { url: "https://e.com/", text: &text, ..PolicyPage::default() });
    assert_eq!(codes(&verdict), ["pii:ingest", "pii:train"]);
    assert_eq!(verdict.pii.get(PiiKind::Cpf), 1);
}

#[test]
fn headers_are_read_in_any_case() {
    assert_eq!(of_headers(&[("X-ROBOTS-TAG", "NoIndex")]), ["noindex:ingest", "noindex:train"]);
    assert_eq!(of_headers(&[("x-robots-tag", "noai, noimageai")]), ["noai:train", "noimageai:train"]);
    assert_eq!(
        of_headers(&[("x-robots-tag", "none"), ("x-robots-tag", "noml")]),
        ["noindex:ingest", "noindex:train", "noml:train"]
    );
    assert_eq!(of_headers(&[("x-robots-tag", "otherbot: noindex, noai")]), NOTHING);
    assert_eq!(of_headers(&[("TDM-Reservation", "1")]), ["tdm_reserved:ingest", "tdm_reserved:train"]);
    assert_eq!(of_headers(&[("content-usage", "train-ai=n")]), ["content_usage:train"]);
    assert_eq!(of_headers(&[("content-usage", "search=n")]), ["content_usage:ingest"]);
    assert_eq!(
        of_headers(&[("content-usage", "train-ai=n"), ("content-usage", "train-ai=y")]),
        NOTHING,
        "one dictionary"
    );
    assert_eq!(
        of_headers(&[("content-signal", "ai-train=no, ai-input=no, search=no")]),
        ["content_signal:ingest", "content_signal:train"]
    );
}

#[test]
fn meta_elements_are_read() {
    assert_eq!(of_html("<meta name=robots content=noindex>"), ["noindex:ingest", "noindex:train"]);
    assert_eq!(of_html("<meta name=AION content=noai>"), ["noai:train"]);
    assert_eq!(of_html("<meta name=googlebot content=noindex>"), NOTHING);
    assert_eq!(
        of_html("<meta name=tdm-reservation content=1>"),
        ["tdm_reserved:ingest", "tdm_reserved:train"]
    );
    assert_eq!(of_html("<meta name=tdm-reservation content=0>"), NOTHING);
    assert_eq!(of_html("<body><p>x<meta name=robots content=noml>"), ["noml:train"]);
}

#[test]
fn nofollow_speaks_of_links_only() {
    let text = article();
    let page = PolicyPage {
        text: &text,
        html: Some(b"<meta name=robots content=nofollow>"),
        ..PolicyPage::default()
    };
    let verdict = check(page.clone());
    assert!(verdict.ok() && !verdict.follow_links && verdict.reasons.is_empty());
    let verdict = check_policy(&page, &PolicyOptions::default().ignoring(ReasonCode::Nofollow));
    assert!(verdict.follow_links && verdict.ignored.contains(&ReasonCode::Nofollow));
}

#[test]
fn tdm_statements_supersede_each_other() {
    use Preference::{Allowed, Disallowed};
    let reserved = ["tdm_reserved:ingest", "tdm_reserved:train"];
    assert_eq!(of_site(tdm(Disallowed), &[]), reserved);
    assert_eq!(of_site(tdm(Disallowed), &[("tdm-reservation", "0")]), NOTHING, "headers supersede the file");
    assert_eq!(of_site(tdm(Disallowed), &[("tdm-reservation", "2")]), reserved, "a protocol error is unset");
    assert_eq!(of_site(tdm(Allowed), &[("tdm-reservation", "1")]), reserved);
    let text = article();
    let over = |header, html: &str| {
        let headers = [("tdm-reservation", header)];
        let html = Some(html.as_bytes());
        codes(&check(PolicyPage { text: &text, headers: &headers, html, ..PolicyPage::default() }))
    };
    assert_eq!(
        over("1", "<meta name=tdm-reservation content=0>"),
        NOTHING,
        "the document supersedes the headers"
    );
    assert_eq!(over("1", "<body><p><meta name=tdm-reservation content=0>"), reserved, "but not a commenter");
    assert_eq!(over("0", "<body><p><meta name=tdm-reservation content=1>"), reserved);
    assert_eq!(over("1", "<meta name=tdm-policy content=x>"), reserved, "absence never resets");
    assert_eq!(over("1, 0", ""), reserved);
}

#[test]
fn what_the_site_says_counts() {
    let robots = |robots| of_site(SiteSignals { robots, ..SiteSignals::default() }, &[]);
    assert_eq!(robots(RobotsAccess::Allowed), NOTHING);
    assert_eq!(robots(RobotsAccess::Disallowed), ["robots:ingest", "robots:train"]);
    assert_eq!(robots(RobotsAccess::Unreachable), ["robots_unreachable:ingest", "robots_unreachable:train"]);
    let site = SiteSignals {
        content_usage: ContentUsage::parse(b"train-ai=n"),
        content_signal: ContentSignal::parse("ai-input=no"),
        ..SiteSignals::default()
    };
    assert_eq!(
        of_site(site, &[("content-usage", "train-ai=y")]),
        ["content_usage:train", "content_signal:ingest"]
    );
    let status = |status| {
        codes(&check(PolicyPage { text: &article(), status: Some(status), ..PolicyPage::default() })).len()
    };
    assert_eq!([200, 404, 401, 402, 403, 451].map(status), [0, 0, 2, 2, 2, 2]);
}

#[test]
fn what_can_not_be_read_is_unknown_and_no_yes() {
    let text = article();
    let headers =
        [("content-usage", "Train-AI=n"), ("tdm-reservation", "yes"), ("content-signal", "ai-train=never")];
    let verdict = check(PolicyPage { text: &text, headers: &headers, ..PolicyPage::default() });
    assert!(verdict.ok());
    let unknown: Vec<_> = verdict.unknown.iter().map(|code| code.name()).collect();
    assert_eq!(unknown, ["tdm_reserved", "content_usage", "content_signal"]);
}

#[test]
fn every_signal_can_be_turned_off_and_that_is_recorded() {
    let html =
        "<meta name=robots content='none, noai, noimageai, noml'><meta name=tdm-reservation content=1>";
    let headers = [("content-usage", "train-ai=n"), ("content-signal", "ai-train=no")];
    let page = |robots| PolicyPage {
        url: "https://e.com/login",
        text: "390.533.447-05",
        headers: &headers,
        html: Some(html.as_bytes()),
        status: Some(403),
        site: SiteSignals { robots, ..SiteSignals::default() },
    };
    for robots in [RobotsAccess::Disallowed, RobotsAccess::Unreachable] {
        let obeyed = check(page(robots));
        for &code in ReasonCode::ALL {
            let verdict = check_policy(&page(robots), &PolicyOptions::default().ignoring(code));
            assert!(verdict.ignored.contains(&code));
            assert!(verdict.reasons.iter().all(|reason| reason.code != code), "{code}");
            assert!(verdict.waived.iter().all(|reason| reason.code == code), "{code}");
            assert_eq!(verdict.reasons.len() + verdict.waived.len(), obeyed.reasons.len(), "{code}");
            assert_eq!(verdict.follow_links, code == ReasonCode::Nofollow);
        }
        let all =
            ReasonCode::ALL.iter().fold(PolicyOptions::default(), |options, &code| options.ignoring(code));
        let verdict = check_policy(&page(robots), &all);
        assert!(verdict.ok() && verdict.allows(Use::Train) && verdict.reasons.is_empty());
        assert_eq!(verdict.waived, obeyed.reasons);
    }
}

#[test]
fn every_reason_has_a_sentence_in_both_languages() {
    let site = SiteSignals {
        robots: RobotsAccess::Disallowed,
        content_usage: ContentUsage::parse(b"train-ai=n, search=n"),
        content_signal: ContentSignal::parse("ai-train=no, ai-input=no"),
        tdm: TdmRights {
            mining: Preference::Disallowed,
            policy: Some("https://e.com/terms".into()),
            unreadable: false,
        },
    };
    let headers = [("x-robots-tag", "none, noai, noimageai, noml")];
    let page = PolicyPage {
        url: "/login",
        text: "390.533.447-05",
        headers: &headers,
        status: Some(451),
        site,
        ..PolicyPage::default()
    };
    let verdict = check(page);
    assert_eq!(verdict.reasons.len(), 21);
    for reason in &verdict.reasons {
        let (english, portuguese) = (reason.message(Language::English), reason.message(Language::Portuguese));
        assert!(english.len() > 20 && portuguese.len() > 20 && english != portuguese, "{reason}");
    }
    assert!(verdict.reasons.iter().any(|reason| reason.to_string().contains("https://e.com/terms")));
}

#[test]
fn the_agents_name_is_an_option() {
    let text = article();
    let headers = [("x-robots-tag", "examplebot: noindex")];
    let page = PolicyPage { text: &text, headers: &headers, ..PolicyPage::default() };
    assert!(check(page.clone()).ok());
    let options = PolicyOptions {
        user_agent: "ExampleBot/2.0 (+https://e.com/bot)".into(),
        ..PolicyOptions::default()
    };
    assert!(!check_policy(&page, &options).ok());
}
