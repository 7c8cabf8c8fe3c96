//! What a page says of its article in JSON-LD, <https://schema.org/Article>.

use serde_json::Value;

/// Longest script that is read.
const MAX_BYTES: usize = 1 << 20;

/// The first article of a page.
#[derive(Debug, Default)]
pub(super) struct Article {
    pub(super) headline: Option<String>,
    pub(super) published: Option<String>,
    pub(super) language: Option<String>,
    pub(super) body: Option<String>,
}

/// The article in the `script` element with text `json`; damaged JSON, of which there is much, is none.
pub(super) fn article(json: &str) -> Option<Article> {
    let json = json.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>");
    if json.len() > MAX_BYTES {
        return None;
    }
    // serde_json refuses more than 128 levels, which bounds the recursion below.
    let value: Value = serde_json::from_str(json).ok()?;
    find(&value).map(|object| Article {
        headline: text(object, "headline").or_else(|| text(object, "name")),
        published: text(object, "datePublished"),
        language: text(object, "inLanguage"),
        body: text(object, "articleBody"),
    })
}

fn find(value: &Value) -> Option<&Value> {
    match value {
        Value::Array(items) => items.iter().find_map(find),
        Value::Object(fields) if is_article(value) => Some(value).filter(|_| !fields.is_empty()),
        Value::Object(fields) => fields.values().find_map(find),
        _ => None,
    }
}

/// `@type` is a name or a list of names, such as `NewsArticle` or `BlogPosting`.
fn is_article(value: &Value) -> bool {
    let is_name = |name: &Value| {
        name.as_str()
            .is_some_and(|name| name.ends_with("Article") || name.ends_with("Posting") || name == "Report")
    };
    match value.get("@type") {
        Some(Value::Array(names)) => names.iter().any(is_name),
        Some(name) => is_name(name),
        None => false,
    }
}

fn text(object: &Value, field: &str) -> Option<String> {
    let text = object.get(field)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
