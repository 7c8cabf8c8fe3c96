//! What a page and its site say about being used by machines.

use super::directives::{Directives, is_addressed};
use super::message::{Detail, Place};
use super::meta::for_each_meta;
use super::tdm::TdmRights;
use super::verdict::{ReasonCode, Use};
use super::{MAX_HTML_BYTES, PolicyOptions, PolicyPage, RobotsAccess};
use crate::preference::{ContentSignal, ContentUsage, Preference};

const BOTH: &[Use] = &[Use::Ingest, Use::Train];
const TRAIN: &[Use] = &[Use::Train];
const INGEST: &[Use] = &[Use::Ingest];

/// An objection to some uses, or the fact that something could not be read.
pub(super) enum Finding {
    Against(ReasonCode, &'static [Use], Detail),
    Unknown(ReasonCode),
}

use Finding::{Against, Unknown};

/// Every opt-out of `page`, in the order of [`ReasonCode::ALL`].
pub(super) fn findings(page: &PolicyPage<'_>, options: &PolicyOptions, found: &mut Vec<Finding>) {
    access(page, found);
    let (in_headers, in_meta) = Statements::of(page, options);
    let html_is_cut = page.html.is_some_and(|html| html.len() > MAX_HTML_BYTES);
    if html_is_cut {
        found.extend([ReasonCode::Noindex, ReasonCode::Noai, ReasonCode::TdmReserved].map(Unknown));
    }
    directives(&in_headers, &in_meta, found);
    mining(page, in_headers.tdm, in_meta.tdm, found);
    usage(page.site.content_usage, Place::RobotsTxt, found);
    usage(in_headers.usage, Place::Header, found);
    signal(page.site.content_signal, Place::RobotsTxt, found);
    signal(in_headers.signal, Place::Header, found);
}

fn access(page: &PolicyPage<'_>, found: &mut Vec<Finding>) {
    match page.site.robots {
        RobotsAccess::Disallowed => found.push(Against(ReasonCode::Robots, BOTH, Detail::Robots)),
        RobotsAccess::Unreachable => {
            found.push(Against(ReasonCode::RobotsUnreachable, BOTH, Detail::RobotsUnreachable));
        }
        RobotsAccess::Unknown | RobotsAccess::Allowed => {}
    }
    if let Some(status @ (401 | 402 | 403 | 451)) = page.status {
        found.push(Against(ReasonCode::HttpStatus, BOTH, Detail::Status(status)));
    }
}

/// What was said in one place.
#[derive(Default)]
struct Statements {
    directives: Directives,
    tdm: TdmRights,
    usage: ContentUsage,
    signal: ContentSignal,
}

impl Statements {
    /// Those of the headers and those of the meta elements.
    fn of(page: &PolicyPage<'_>, options: &PolicyOptions) -> (Self, Self) {
        let mut in_meta = Self::default();
        if let Some(html) = page.html {
            let html = &html[..html.len().min(MAX_HTML_BYTES)];
            for_each_meta(html, |meta| {
                in_meta.add_meta(meta.name, meta.content, meta.in_head, &options.user_agent)
            });
        }
        (Self::of_headers(page.headers, &options.user_agent), in_meta)
    }

    fn of_headers(headers: &[(&str, &str)], agent: &str) -> Self {
        let mut said = Self::default();
        let mut usage: Vec<&str> = Vec::new();
        for &(name, value) in headers {
            match name.to_ascii_lowercase().as_str() {
                "x-robots-tag" => said.directives.add_header(value, agent),
                "tdm-reservation" => said.tdm.add_reservation(value),
                "tdm-policy" => said.tdm.policy = Some(value.trim().to_owned()),
                "content-usage" => usage.push(value),
                "content-signal" => said.signal = said.signal.and(ContentSignal::parse(value)),
                _ => {}
            }
        }
        // Lines of one field are one dictionary (RFC 9651 §4.2).
        said.usage = ContentUsage::parse(usage.join(", ").as_bytes());
        said
    }

    /// A meta element in the body may be a commenter's: it can forbid, but it permits nothing.
    fn add_meta(&mut self, name: &str, content: &str, in_head: bool, agent: &str) {
        if is_addressed(name, agent) {
            self.directives.add_content(content);
        } else if name.eq_ignore_ascii_case("tdm-reservation") && (in_head || content == "1") {
            self.tdm.add_reservation(content);
        } else if name.eq_ignore_ascii_case("tdm-policy") && in_head {
            self.tdm.policy = Some(content.to_owned());
        }
    }
}

fn directives(in_headers: &Statements, in_meta: &Statements, found: &mut Vec<Finding>) {
    type Given = fn(&Directives) -> bool;
    let table: [(ReasonCode, &'static [Use], Given); 5] = [
        (ReasonCode::Noindex, BOTH, |d| d.noindex),
        (ReasonCode::Nofollow, &[], |d| d.nofollow),
        (ReasonCode::Noai, TRAIN, |d| d.noai),
        (ReasonCode::Noimageai, TRAIN, |d| d.noimageai),
        (ReasonCode::Noml, TRAIN, |d| d.noml),
    ];
    for (code, uses, given) in table {
        let place = match (given(&in_headers.directives), given(&in_meta.directives)) {
            (true, _) => Place::Header,
            (false, true) => Place::Meta,
            (false, false) => continue,
        };
        found.push(Against(code, uses, Detail::Directive { name: code.name().into(), place }));
    }
}

/// TDMRep, "Processing priority": the headers supersede the file, the document supersedes both.
fn mining(page: &PolicyPage<'_>, header: TdmRights, meta: TdmRights, found: &mut Vec<Finding>) {
    let mut rights = TdmRights::default();
    let mut place = Place::TdmFile;
    let layers = [(Place::TdmFile, page.site.tdm.clone()), (Place::Header, header), (Place::Meta, meta)];
    for (where_said, layer) in layers {
        if layer.mining != Preference::Unknown {
            place = where_said;
        }
        rights.supersede(layer);
    }
    if rights.mining == Preference::Disallowed {
        let detail = Detail::Tdm { place, policy: rights.policy };
        found.push(Against(ReasonCode::TdmReserved, BOTH, detail));
    }
    if rights.unreadable {
        found.push(Unknown(ReasonCode::TdmReserved));
    }
}

fn usage(usage: ContentUsage, place: Place, found: &mut Vec<Finding>) {
    let code = ReasonCode::ContentUsage;
    for (wish, uses, category) in [(usage.search, INGEST, "search"), (usage.train_ai, TRAIN, "train-ai")] {
        if wish == Preference::Disallowed {
            found.push(Against(code, uses, preference("Content-Usage", category, place)));
        }
    }
    if usage.unreadable {
        found.push(Unknown(code));
    }
}

fn signal(signal: ContentSignal, place: Place, found: &mut Vec<Finding>) {
    let code = ReasonCode::ContentSignal;
    for (wish, uses, category) in
        [(signal.ai_input, INGEST, "ai-input"), (signal.ai_train, TRAIN, "ai-train")]
    {
        if wish == Preference::Disallowed {
            found.push(Against(code, uses, preference("Content-Signal", category, place)));
        }
    }
    if signal.unreadable {
        found.push(Unknown(code));
    }
}

fn preference(name: &'static str, category: &'static str, place: Place) -> Detail {
    Detail::Preference { name: name.into(), category: category.into(), place }
}
