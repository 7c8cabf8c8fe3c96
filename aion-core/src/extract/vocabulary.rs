//! The words by which furniture is told from text. Each list is sorted, and those of tags,
//! roles and names are searched by halves. Formatted by hand, to stay readable as lists.

/// Words of a class or an id that name furniture.
#[rustfmt::skip]
pub(super) const FURNITURE_WORDS: &[&str] = &[
    "ad", "addthis", "addtoany", "ads", "adsbygoogle", "adslot", "adunit", "adv", "advert", "advertisement",
    "advertisements", "advertising", "advertisment", "adverts", "articlemeta", "author", "authorbox",
    "authors", "bio", "breadcrumb", "breadcrumbs", "byline", "bylines", "caption", "captions", "carousel",
    "comment", "commentform", "commentlist", "comments", "consent", "cookie", "cookies", "copyright",
    "credit", "credits", "crumb", "crumbs", "dateline", "dfp", "disclaimer", "disqus", "entrymeta",
    "footer", "gallery", "gdpr", "imagecredit", "lightbox", "livefyre", "login", "masthead", "menu",
    "menus", "meta", "modal", "nav", "navbar", "navigation", "newsletter", "newsletters", "outbrain",
    "overlay", "pager", "pagination", "paywall", "photocredit", "poll", "popular", "popup", "postmeta",
    "print", "printer", "promo", "promos", "promotion", "promotions", "pubdate", "rail", "rating",
    "ratings", "recirc", "recirculation", "recommendation", "recommendations", "recommended", "register",
    "related", "respond", "share", "shareaholic", "sharebar", "sharedaddy", "shares", "sharethis",
    "sharetools", "sharing", "sidebar", "signup", "skiplink", "slider", "slideshow", "sociable", "social",
    "socials", "sponsor", "sponsored", "sponsors", "subscribe", "subscription", "subscriptions", "taboola",
    "tagcloud", "taglist", "tags", "timestamp", "toolbar", "topbar", "trending", "widget", "widgets",
    "zergnet",
];

/// The same for two words in a row, or for both written as one.
#[rustfmt::skip]
pub(super) const FURNITURE_PAIRS: &[&str] = &[
    "aboutauthor", "alsolike", "authorbio", "authorinfo", "backtotop", "breadcrumb", "continuereading",
    "editsection", "followus", "imagecaption", "imagecredit", "jumplink", "keepreading", "latestnews",
    "morefrom", "morelinks", "morenews", "morestories", "mostpopular", "mostread", "mostviewed", "nextpost",
    "photocredit", "postdate", "postinfo", "postnav", "postnavigation", "prevpost", "readalso", "readmore",
    "readnext", "screenreader", "seealso", "signup", "skiplink", "sronly", "tagcloud", "taglist",
    "topstories", "upnext", "visuallyhidden", "wpcaption",
];

/// Elements whose text is not part of what a reader sees as the page's text.
#[rustfmt::skip]
pub(super) const SILENT_TAGS: &[&str] = &[
    "audio", "button", "canvas", "datalist", "head", "iframe", "input", "map", "noscript", "object",
    "option", "script", "select", "style", "svg", "template", "textarea", "title", "video",
];

/// Elements that start a new line; cells of a table share the line of their row.
#[rustfmt::skip]
pub(super) const BLOCK_TAGS: &[&str] = &[
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog",
    "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre",
    "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
];

/// Elements that carry the text itself: their classes describe its look.
#[rustfmt::skip]
pub(super) const TEXT_TAGS: &[&str] = &[
    "a", "article", "b", "blockquote", "body", "br", "code", "em", "h1", "html", "i", "img", "main", "pre",
    "strong", "tbody", "td", "tr",
];

/// Elements that are furniture by their name.
#[rustfmt::skip]
pub(super) const FURNITURE_TAGS: &[&str] = &[
    "aside", "dialog", "figcaption", "footer", "menu", "nav",
];

/// Values of `role` that name furniture.
#[rustfmt::skip]
pub(super) const FURNITURE_ROLES: &[&str] = &[
    "alert", "alertdialog", "banner", "complementary", "contentinfo", "dialog", "menu", "menubar",
    "navigation", "search", "tablist", "toolbar", "tooltip",
];

/// Words that name a dialog about consent, which may hold more text than the page.
#[rustfmt::skip]
pub(super) const CONSENT_WORDS: &[&str] = &[
    "consent", "cookiebanner", "cookiebar", "cookienotice", "dsgvo", "gdpr", "lgpd", "rgpd",
];

/// Words that name a place for an image.
#[rustfmt::skip]
pub(super) const IMAGE_WORDS: &[&str] = &[
    "image", "images", "img", "photo", "photos", "picture", "pictures", "thumbnail",
];

/// Words that name a pointer to another text if they hold links, and a lead if not.
#[rustfmt::skip]
pub(super) const TEASER_WORDS: &[&str] = &[
    "teaser", "teasers",
];

/// How a short block that is about the page, not its subject, begins; in lower case.
#[rustfmt::skip]
pub(super) const NOTICE_STARTS: &[&str] = &[
    "- anzeige", "abonnez-vous", "abonnieren", "about the author", "about the writer", "actualizado",
    "add a comment", "additional reporting", "advert", "advertentie", "aggiornato", "aktualisiert",
    "alle rechte", "also on ", "also read", "also see", "anzeige", "anúncio", "assine ", "atualizado em",
    "atualizado às", "auch interessant", "back to top", "bild:", "bildquelle", "bron:",
    "c) all rights reserved", "categories", "category", "click here", "clique aqui", "comentarios",
    "comentários", "commentaires", "commenti", "comments", "compartilhar", "compartilhe", "compartir",
    "condividi", "contact the author", "contact us", "continue reading", "copyright", "credit:", "crédit",
    "crédito", "czytaj także", "czytaj też", "czytaj więcej", "das könnte sie", "deel dit", "don't miss",
    "don’t miss", "download:", "email this", "en savoir plus", "filed under", "folgen sie", "follow @",
    "follow the ", "follow us", "fonte:", "fot.", "foto ", "foto:", "fotos:", "fuente:", "get the latest",
    "got a tip", "guarda anche", "have a tip", "have your say", "haz clic", "hazte ", "image ",
    "image credit", "image source", "image:", "imagem:", "imagen:", "images:", "inscreva-se",
    "inscrivez-vous", "iscriviti", "jetzt abonnieren", "join our", "join the conversation", "join us on",
    "kategorie", "komentarze", "kommentar ", "kommentare", "last modified", "last updated", "latest news",
    "le puede interesar", "lea también", "learn more", "leave a comment", "leave a reply", "lee también",
    "leer más", "lees meer", "lees ook", "lees verder", "leggi anche", "leggi tutto", "leia ainda",
    "leia mais", "leia também", "lesen sie auch", "lesen sie mehr", "leé también", "like this",
    "lire aussi", "lire la suite", "listen:", "load more", "loading", "mais lidas", "mehr aus", "mehr dazu",
    "mehr lesen", "mehr themen", "mehr zum thema", "mira también", "mis à jour", "more about", "more from",
    "more great", "more like this", "more news", "more on ", "more stories", "more:", "most popular",
    "most read", "más información", "más leídas", "más noticias", "need more", "newsletter", "partager",
    "photo ", "photo by", "photo credit", "photo:", "photograph by", "photograph:", "photos:", "picture:",
    "pictured:", "post a comment", "posted in", "posted on", "posted:", "potrebbe interessarti",
    "print this", "promoted", "pubblicato", "pubblicità", "publicado el", "publicado em", "publicado por",
    "publicidad", "publicidade", "publicité", "published", "publié le", "quelle:", "quellen:", "reacties",
    "read also", "read more", "read next", "receba ", "recommended", "reklama", "related ",
    "related article", "related content", "related news", "related post", "related stor", "related topic",
    "related:", "reporting by", "reprodução", "saiba mais", "schlagworte", "schlagwörter", "see also",
    "see more", "seguici", "share on", "share this", "share via", "share:", "sharing is", "siehe auch",
    "siga o ", "siga-nos", "sign up", "skip to", "something to consider", "source :", "source:", "sources:",
    "sponsored", "stichworte", "subscribe", "suivez-nous", "sur le même sujet", "suscríbase", "suscríbete",
    "síguenos", "tagged", "tags", "tap here", "te puede interesar", "teilen", "tell us what you think",
    "this post contains affiliate", "this post may contain", "this slideshow", "todos los derechos",
    "todos os direitos", "top stories", "topics:", "tous droits", "trending", "udostępnij", "up next",
    "updated", "vea también", "veja mais", "veja também", "ver más", "veröffentlicht", "via ",
    "view comments", "voir aussi", "volg ons", "want more", "watch more", "watch now", "watch:",
    "weitere artikel", "weitere informationen finden", "weitere themen", "weiterlesen", "werbung",
    "write to ", "you may also", "you may like", "you might also", "you might like",
    "zapraszamy do subskrypcji", "zobacz także", "zobacz też", "zuletzt aktualisiert", "zum thema",
    "zurück zu", "©", "à lire", "à lire aussi", "últimas notícias", "über den autor", "über die autorin",
    "źródło", "добавить комментарий", "добавить отзыв", "источник", "комментарии", "поделиться",
    "подписывайтесь", "подпишитесь", "реклама", "смотрите также", "фото:", "читайте также", "читать далее",
    "さらに読む", "延伸阅读", "来源：", "相关新闻", "相关阅读", "相關新聞", "続きを読む", "编辑：", "责任编辑", "関連記事",
];

/// What a short block that is about the page may hold anywhere; in lower case.
#[rustfmt::skip]
pub(super) const NOTICE_PARTS: &[&str] = &[
    "abonnez-vous", "advertising partners", "affiliate link", "afp via", "all rights reserved",
    "alle rechte vorbehalten", "ap photo", "click here", "clicking here", "contributed to this report",
    "datenschutzerklärung", "enable javascript", "follow @", "follow her on", "follow him on",
    "follow me on", "follow them on", "follow us on", "free trial", "getty images", "image credit",
    "in your inbox", "inscreva-se", "join the conversation", "join the discussion", "leave a comment",
    "newsletter", "nutzung der seite", "on facebook and", "on twitter @", "on twitter and",
    "política de privacidad", "política de privacidade", "post a comment", "privacy policy",
    "requires javascript", "share it with", "sign up for", "sign up to", "signed up", "subscribe now",
    "subscribe to ", "suscríbete", "terms and conditions", "terms of service", "terms of use",
    "to your inbox", "todos los derechos", "todos os direitos", "tous droits", "tutti i diritti",
    "use of cookies", "we use cookies",
];

/// Whether the sorted `list` has `word`.
pub(super) fn has(list: &[&str], word: &str) -> bool {
    list.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        let lists = [
            FURNITURE_WORDS,
            FURNITURE_PAIRS,
            SILENT_TAGS,
            BLOCK_TAGS,
            TEXT_TAGS,
            FURNITURE_TAGS,
            FURNITURE_ROLES,
            CONSENT_WORDS,
            IMAGE_WORDS,
            TEASER_WORDS,
            NOTICE_STARTS,
            NOTICE_PARTS,
        ];
        assert!(lists.iter().all(|list| list.is_sorted()));
    }
}
