//! What the formats of Office Open XML share: packages, relationships and core properties (ECMA-376, part 2).

use std::collections::HashMap;

use super::archive::Archive;
use super::reading::Reading;
use super::xml::{Token, Xml};
use crate::error::Result;

/// A pointer from one part to another, or out of the document.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// The last word of its type, such as `slide` or `hyperlink`.
    pub(super) kind: String,
    /// The name of a part, or an address.
    pub(super) target: String,
    pub(super) is_external: bool,
}

/// The relations of one part by their id.
#[derive(Debug, Default)]
pub(super) struct Relations(HashMap<String, Relation>);

impl Relations {
    /// The relations of `part`; those of the package if it is empty.
    pub(super) fn of(part: &str, archive: &mut Archive<'_>, reading: &mut Reading<'_>) -> Result<Self> {
        let (folder, file) = part.rsplit_once('/').map_or(("", part), |(folder, file)| (folder, file));
        let name = match folder {
            "" => format!("_rels/{file}.rels"),
            _ => format!("{folder}/_rels/{file}.rels"),
        };
        let mut relations = HashMap::new();
        let Some(text) = archive.read_text(&name, reading)? else { return Ok(Self::default()) };
        let mut xml = Xml::new(&text, &name);
        while let Some(token) = xml.next(reading)? {
            let Token::Open(tag) = token else { continue };
            let (Some(id), Some(target)) = (tag.attribute("Id"), tag.attribute("Target")) else { continue };
            let kind = tag.attribute("Type").unwrap_or_default();
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            let is_external =
                tag.attribute("TargetMode").is_some_and(|mode| mode.eq_ignore_ascii_case("external"));
            let target = if is_external { target } else { resolve(folder, &target) };
            relations.insert(id, Relation { kind, target, is_external });
        }
        Ok(Self(relations))
    }

    pub(super) fn get(&self, id: &str) -> Option<&Relation> {
        self.0.get(id)
    }

    /// The part that the relation `id` leads to.
    pub(super) fn part(&self, id: &str) -> Option<&str> {
        self.get(id).filter(|relation| !relation.is_external).map(|relation| relation.target.as_str())
    }

    /// The address that the relation `id` leads to.
    pub(super) fn address(&self, id: &str) -> Option<&str> {
        self.get(id).filter(|relation| relation.is_external).map(|relation| relation.target.as_str())
    }

    /// The parts of one kind, in the order of their names.
    pub(super) fn of_kind(&self, kind: &str) -> Vec<String> {
        let is_of_kind = |relation: &&Relation| relation.kind == kind && !relation.is_external;
        let mut parts: Vec<String> =
            self.0.values().filter(is_of_kind).map(|relation| relation.target.clone()).collect();
        parts.sort();
        parts.dedup();
        parts
    }
}

/// A part's name from a target that is relative to `folder`.
fn resolve(folder: &str, target: &str) -> String {
    let path = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name of the main part, and what the core properties say.
pub(super) fn open(default: &str, archive: &mut Archive<'_>, reading: &mut Reading<'_>) -> Result<String> {
    let package = Relations::of("", archive, reading)?;
    let core = package.of_kind("core-properties").into_iter().next();
    read_properties(core.as_deref().unwrap_or("docProps/core.xml"), archive, reading)?;
    Ok(package.of_kind("officeDocument").into_iter().next().unwrap_or_else(|| default.to_owned()))
}

/// Dublin Core as Office and OpenDocument write it.
pub(super) fn read_properties(
    part: &str,
    archive: &mut Archive<'_>,
    reading: &mut Reading<'_>,
) -> Result<()> {
    let Some(text) = archive.read_text(part, reading)? else { return Ok(()) };
    let mut xml = Xml::new(&text, part);
    let mut open = String::new();
    while let Some(token) = xml.next(reading)? {
        match token {
            Token::Open(tag) => open = tag.name().to_owned(),
            Token::Close(_) => open.clear(),
            Token::Text(value) => property(&open, &value, reading),
        }
    }
    Ok(())
}

fn property(name: &str, value: &str, reading: &mut Reading<'_>) {
    match name {
        "title" => reading.title(value),
        "language" => reading.language(value),
        "created" | "creation-date" => reading.published(value),
        "creator" | "initial-creator" => reading.meta("author", value),
        "subject" | "description" | "keywords" | "keyword" | "category" | "modified" | "lastModifiedBy"
        | "publisher" | "identifier" | "generator" => reading.meta(name, value),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn targets_are_relative_to_the_part_or_to_the_package() {
        assert_eq!(resolve("ppt/slides", "../media/a.png"), "ppt/media/a.png");
        assert_eq!(resolve("word", "/word/./b.xml"), "word/b.xml");
        assert_eq!(resolve("", "../../x"), "x");
    }
}
