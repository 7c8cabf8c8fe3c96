use std::time::Duration;

use super::*;
use crate::preference::Preference::{Allowed as Allow, Disallowed as Disallow, Unknown};

fn allowed(robots: &str, url: &str) -> bool {
    Robots::parse(robots.as_bytes()).allowed("AION", url)
}

#[test]
fn product_tokens_are_found_in_user_agents() {
    for (user_agent, token) in [
        ("AION", "AION"),
        ("AION/0.1 (+https://example.org)", "AION"),
        (" AION (+https://example.org) ", "AION"),
        ("Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/)", "MJ12bot"),
        ("Mozilla/5.0 (compatible; my_bot)", "my_bot"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Mozilla"),
        ("Foo Bar", ""),
        ("Foo.Bar", ""),
        ("\u{30c4}", ""),
        ("", ""),
    ] {
        assert_eq!(product_token(user_agent), token, "{user_agent}");
    }
}

#[test]
fn groups_of_one_agent_are_one_group() {
    let robots = Robots::parse(
        b"user-agent: a\nuser-agent: B\ndisallow: /1\n\nuser-agent: c\nsitemap: x\nuser-agent: b\ndisallow: /2\nuser-agent: *\ndisallow: /",
    );
    let asked = |agent: &str| ["/1", "/2", "/3"].map(|path| robots.allowed(agent, path));
    assert_eq!(asked("a"), [false, true, true]);
    assert_eq!(asked("b"), [false, false, true]);
    assert_eq!(asked("c"), [true, false, true]);
    assert_eq!(asked("d"), [false, false, false]);
    assert_eq!(robots.sitemaps(), ["x"]);
}

#[test]
fn the_longest_rule_decides_and_a_tie_allows() {
    let robots = "user-agent: *\ndisallow: /a\nallow: /a/b\ndisallow: /a/b/*.gif$\nallow: /p\ndisallow: /p\ndisallow: /q****\nallow: /qqq";
    for (path, expected) in [
        ("/a/", false),
        ("/a/b/c", true),
        ("/a/b/c.gif", false),
        ("/a/b/c.gif?x", true),
        ("/p", true),
        ("/qqqq", false),
        ("/robots.txt", true),
    ] {
        assert_eq!(allowed(robots, path), expected, "{path}");
    }
    assert!(allowed("user-agent: *\ndisallow: /", "/robots.txt"));
}

#[test]
fn prefixes_of_prefixes_are_found_from_any_depth() {
    let line = |number: usize| {
        let name = if number.is_multiple_of(3) { "allow" } else { "disallow" };
        format!("{name}: /{}\n", "a".repeat(number))
    };
    let robots: String = (1..300).map(line).collect();
    let robots = Robots::parse(format!("user-agent: *\n{robots}").as_bytes());
    for number in 0..330_usize {
        let expected = number == 0 || number.min(299).is_multiple_of(3);
        for end in ["", "b", "A", "/a?a"] {
            let path = format!("/{}{end}", "a".repeat(number));
            assert_eq!(robots.allowed("AION", &path), expected, "{path}");
        }
    }
}

#[test]
fn doubt_about_escapes_never_opens_a_door() {
    for (rule, url, expected) in [
        ("disallow: /%62ar", "http://x/bar", false),
        ("disallow: /bar", "http://x/%62ar", false),
        ("disallow: /\u{30c4}", "http://x/\u{30c4}", false),
        ("disallow: /\u{30c4}", "http://x/%e3%83%84", false),
        ("disallow: /a%2Ab", "http://x/a*b", false),
        ("disallow: /a%2Ab", "http://x/a%2ab", false),
        ("disallow: /a%2Ab", "http://x/acb", true),
        ("disallow: /a b", "http://x/a%20b", false),
        ("disallow: /\nallow: /%62ar", "http://x/bar", false),
        ("disallow: /\nallow: /%62ar", "http://x/%62ar", true),
        ("disallow: /\nallow: /\u{30c4}", "http://x/\u{30c4}", false),
        ("disallow: /\nallow: /\u{30c4}", "/\u{30c4}", true),
        ("disallow: /%7ejoe\nallow: /~joe/", "http://x/~joe/a", true),
    ] {
        assert_eq!(allowed(&format!("user-agent: *\n{rule}"), url), expected, "{rule} {url}");
    }
}

#[test]
fn rules_before_any_agent_count_only_in_a_file_without_agents() {
    assert!(!allowed("disallow: /a\ncrawl-delay: 3", "/a"));
    assert!(allowed("disallow: /a\nuser-agent: other\ndisallow: /", "/a"));
    assert!(allowed("user-agent:\ndisallow: /a", "/a"));
    let robots =
        Robots::parse(b"crawl-delay: 120\ndisallow: /\nuser-agent: other\nuser-agent: *\ndisallow: /a");
    assert_eq!(robots.crawl_delay("AION"), Some(Duration::from_secs(120)));
    assert_eq!(robots.crawl_delay("other"), None);
    assert!(robots.allowed("AION", "/") && !robots.allowed("AION", "/a") && !robots.allowed("other", "/a"));
}

#[test]
fn a_stray_line_of_two_words_is_no_rule() {
    assert!(!allowed("user-agent *\ndisallow /a", "/a"));
    assert!(allowed("user-agent: *\ndisallow /a", "/a"));
}

#[test]
fn delays_belong_to_the_agents_just_named() {
    let robots = Robots::parse(
        b"user-agent: a\ncrawl-delay: 1.5\nuser-agent: b\ncrawl-delay: 5\ncrawl-delay: 1e9\ncrawl-delay: 99999999999\ndisallow: /x\nuser-agent: c\ncrawl-delay: .\ncrawl-delay: -1\ncrawl-delay: nan",
    );
    assert_eq!(robots.crawl_delay("a"), Some(Duration::from_millis(1500)));
    assert_eq!(robots.crawl_delay("b"), Some(Duration::from_secs(86_400)));
    assert_eq!(robots.crawl_delay("c"), None);
    assert!(!robots.allowed("a", "/x"), "a delay must not end a group");
}

#[test]
fn usage_follows_the_longest_path() {
    let robots = Robots::parse(
        b"user-agent: *\nallow: /\ncontent-usage: train-ai=n # draft\ncontent-usage: /open/ train-ai=y, search=y\nContent-Usage: /open/ search=n\ncontent-signal: ai-train=no, search=yes\n\nuser-agent: friend\ncontent-usage: train-ai=y",
    );
    let usage = |agent: &str, path: &str| {
        let usage = robots.content_usage(agent, path);
        (usage.train_ai, usage.search)
    };
    assert_eq!(usage("AION", "/a"), (Disallow, Unknown));
    assert_eq!(usage("AION", "https://x/open/a"), (Allow, Disallow));
    assert_eq!(usage("friend", "/open/a"), (Allow, Unknown));
    let signal = robots.content_signal("AION", "/a");
    assert_eq!((signal.search, signal.ai_input, signal.ai_train), (Allow, Unknown, Disallow));
    assert_eq!(robots.content_signal("friend", "/a"), ContentSignal::default());
}

#[test]
fn agents_beyond_the_ready_ones_are_answered_as_well() {
    let robots = Robots::parse(b"user-agent: bot3\ndisallow: /");
    for _ in 0..2 {
        for number in 0..40 {
            assert_eq!(robots.allowed(&format!("bot{number}"), "/"), number != 3);
        }
    }
}

#[test]
fn robots_can_be_shared_by_threads() {
    fn check<T: Send + Sync + Clone + std::fmt::Debug>() {}
    check::<Robots>();
    check::<AgentRules>();
}

#[test]
fn endless_urls_are_refused() {
    assert!(!allowed("", &format!("/{}", "a".repeat(MAX_URL_BYTES))));
}
