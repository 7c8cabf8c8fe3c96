//! Private routes: addresses that lead behind a login or into somebody's purchase.

/// Addresses are read up to this many bytes; RFC 9110 §4.1 asks for 8,000 octets at least.
const MAX_URL_BYTES: usize = 8192;

/// Whole path segments, lower case, `_` as `-`, without the extension of a page.
const PRIVATE: &[&str] = &[
    "account",
    "accounts",
    "admin",
    "administrator",
    "cadastre-se",
    "carrinho",
    "cart",
    "check-out",
    "checkout",
    "entrar",
    "finalizar-compra",
    "log-in",
    "log-out",
    "login",
    "logoff",
    "logon",
    "logout",
    "messages",
    "minha-conta",
    "my-account",
    "myaccount",
    "shopping-cart",
    "sign-in",
    "sign-out",
    "sign-up",
    "signin",
    "signout",
    "signup",
    "wp-admin",
    "wp-login",
];

/// What a server puts after the name of a page; `login.php` is the login.
const PAGE_EXTENSIONS: &[&str] = &[
    "action", "asp", "aspx", "cfm", "cgi", "do", "htm", "html", "jsf", "jsp", "php", "pl", "shtml", "xhtml",
];

/// The parts of an address that policy asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address<'a> {
    /// Without user, port and a leading `www.`; as it is spelled.
    pub(super) host: &'a str,
    /// From the first slash after the host up to the fragment.
    pub(super) path_and_query: &'a str,
}

impl<'a> Address<'a> {
    /// Takes any text apart; it need not be a valid address.
    pub(super) fn of(url: &'a str) -> Self {
        let url = &url[..url.floor_char_boundary(MAX_URL_BYTES)];
        let url = url.split('#').next().unwrap_or_default().trim();
        let Some(rest) = after_scheme(url) else { return Self { host: "", path_and_query: url } };
        let (authority, path_and_query) = rest.split_at(rest.find(['/', '\\', '?']).unwrap_or(rest.len()));
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
        let host = host.trim_end_matches('.');
        let bare =
            host.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("www.")).map_or(host, |_| &host[4..]);
        Self { host: bare, path_and_query }
    }

    fn path(self) -> &'a str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }
}

/// What follows `scheme://` or `//`; a backslash is a slash, as in the WHATWG URL standard.
fn after_scheme(url: &str) -> Option<&str> {
    let scheme_end = url.bytes().take_while(|&b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)).count();
    let rest = url[scheme_end..].strip_prefix(':').unwrap_or(&url[scheme_end..]);
    let has_scheme = scheme_end > 0 && rest.len() < url.len() - scheme_end;
    let slashes = rest.bytes().take_while(|&b| b == b'/' || b == b'\\').count();
    (slashes >= 2 && (has_scheme || scheme_end == 0)).then(|| &rest[slashes..])
}

/// The first segment of the path that marks a private route. Segments are compared whole, so `cartography`
/// and `how-to-login` are not private; percent-encoding, case, `.` and `..` are resolved first.
pub(super) fn private_segment(address: Address<'_>) -> Option<String> {
    let mut segments: Vec<String> = Vec::new();
    for raw in address.path().split(['/', '\\']) {
        let segment = normalised(raw);
        match segment.as_str() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    segments.into_iter().find(|segment| PRIVATE.binary_search(&stem(segment).as_str()).is_ok())
}

/// Decoded once, in lower case, without the parameters that may follow a `;` (RFC 3986 §3.3) and without the
/// tabs and line breaks that the WHATWG URL standard removes.
fn normalised(raw: &str) -> String {
    let decoded = percent_decoded(raw.split(';').next().unwrap_or_default());
    let text = String::from_utf8_lossy(&decoded);
    text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).flat_map(char::to_lowercase).collect()
}

fn stem(segment: &str) -> String {
    let name = match segment.rsplit_once('.') {
        Some((name, extension)) if PAGE_EXTENSIONS.binary_search(&extension).is_ok() => name,
        _ => segment,
    };
    name.trim().replace('_', "-")
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match encoded_byte(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

/// The byte that a leading `%XX` stands for.
pub(super) fn encoded_byte(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |b: &u8| char::from(*b).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_private(url: &str) -> bool {
        private_segment(Address::of(url)).is_some()
    }

    #[test]
    fn the_tables_are_sorted() {
        assert!(PRIVATE.is_sorted() && PAGE_EXTENSIONS.is_sorted());
    }

    #[test]
    fn private_routes_are_found_in_any_spelling() {
        for path in [
            "/login",
            "/signin",
            "/signup",
            "/logout",
            "/cart",
            "/checkout",
            "/account",
            "/admin",
            "/messages",
            "/account/settings",
            "/wp-admin/",
            "/user/1/messages",
            "/Login?next=/",
            "/login.php",
            "/sign_in",
            "/shop/cart;jsessionid=1",
            "/%6Cogin",
            "/a/../login",
            "\\login",
            "/lo\tgin",
            "//login/",
            "/a/.//checkout#top",
            "/minha-conta/pedidos",
        ] {
            assert!(is_private(&format!("https://example.com{path}")), "{path}");
            assert!(is_private(&format!("HTTP://user:pw@[::1]:80{path}")), "{path}");
        }
        assert!(is_private("/login") && is_private("login") && is_private("//example.com/cart"));
    }

    #[test]
    fn public_routes_stay_public() {
        for path in [
            "",
            "/",
            "/cartography",
            "/how-to-login",
            "/login/../public",
            "/accounting",
            "/?page=login",
            "/#/login",
            "/administration",
            "/descartes",
            "/accountability.html",
            "/p/1.html",
            "/blog/cart-abandonment",
            "/%256Cogin",
            "/messages-app",
        ] {
            assert!(!is_private(&format!("https://example.com{path}")), "{path}");
        }
        assert!(
            !is_private("https://login/")
                && !is_private("https://cart")
                && !is_private("https://admin:admin@example.com/")
        );
    }

    #[test]
    fn an_address_is_taken_apart() {
        let host = |url| Address::of(url).host;
        assert_eq!(host("https://a:b@www.Example.com:8080/x"), "Example.com");
        assert_eq!(host("//example.com?x"), "example.com");
        assert_eq!(host("https://[2001:db8::1]:80/"), "[2001:db8::1]:80");
        assert_eq!((host("/path"), host("mailto:a@b.c"), host("")), ("", "", ""));
        assert_eq!(Address::of("https://e.com/a?b#c").path_and_query, "/a?b");
    }

    #[test]
    fn a_long_address_is_cut() {
        let url = format!("https://e.com/{}/login", "ç/".repeat(1 << 20));
        assert!(!is_private(&url));
    }
}
