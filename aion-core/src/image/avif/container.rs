//! The container: which bytes of the file are the picture and its alpha, and what is told about them
//! (ISO/IEC 14496-12 and 23008-12).
//!
//! Written for files that want to do harm: whatever they claim, the work is linear in their size and the memory
//! is no more than it. Nothing here recurses.

use super::boxes::{Boxes, Fields, IsoBox};
use super::{damaged, unsupported};
use crate::error::Result;

/// Most auxiliary pictures that are looked through for an alpha channel.
const MAX_AUXILIARIES: usize = 16;

/// Most properties that a file can refer to, by an index of 15 bits.
const MAX_PROPERTIES: usize = 0x7fff;

/// What an auxiliary picture calls itself when it is an alpha channel.
const ALPHA_TYPES: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];

/// The parts of a `meta` box, as they stand in the file. Those that are missing are empty.
pub(super) struct Container<'a> {
    file: &'a [u8],
    /// The number of the item that is the picture.
    primary: u64,
    kinds: &'a [u8],
    references: &'a [u8],
    locations: &'a [u8],
    data: &'a [u8],
    associations: &'a [u8],
    properties: Vec<IsoBox<'a>>,
}

/// The alpha channel of a picture.
pub(super) struct Alpha {
    pub data: Vec<u8>,
    /// Whether the colours were multiplied by it.
    pub premultiplied: bool,
}

impl<'a> Container<'a> {
    /// Finds the parts of `file`.
    pub(super) fn open(file: &'a [u8]) -> Result<Self> {
        let mut meta = Fields(find(file, b"meta")?.ok_or_else(|| damaged("it has no `meta` box"))?);
        meta.version()?;
        let meta = meta.0;
        let part = |kind| find(meta, kind).map(Option::unwrap_or_default);
        let mut primary = Fields(part(b"pitm")?);
        let id_size = if primary.version()?.0 == 0 { 2 } else { 4 };
        let associations = part(b"iprp")?;
        let properties = find(associations, b"ipco")?.unwrap_or_default();
        Ok(Self {
            file,
            primary: primary.number(id_size)?,
            kinds: part(b"iinf")?,
            references: part(b"iref")?,
            locations: part(b"iloc")?,
            data: part(b"idat")?,
            associations,
            properties: Boxes(properties).take(MAX_PROPERTIES).collect::<Result<_>>()?,
        })
    }

    /// The AV1 data of the picture.
    pub(super) fn picture(&self) -> Result<Vec<u8>> {
        self.item(self.primary)
    }

    /// The alpha channel, if there is one.
    pub(super) fn alpha(&self) -> Result<Option<Alpha>> {
        let mut auxiliaries = Vec::new();
        self.references(b"auxl", |from, to| {
            if to == self.primary && auxiliaries.len() < MAX_AUXILIARIES {
                auxiliaries.push(from);
            }
        })?;
        for item in auxiliaries {
            if !self.properties(item)?.iter().any(is_alpha) {
                continue;
            }
            let mut premultiplied = false;
            self.references(b"prem", |from, to| premultiplied |= (from, to) == (self.primary, item))?;
            return Ok(Some(Alpha { data: self.item(item)?, premultiplied }));
        }
        Ok(None)
    }

    /// What is told about the picture, in the order in which it is to be applied.
    pub(super) fn picture_properties(&self) -> Result<Vec<IsoBox<'a>>> {
        self.properties(self.primary)
    }

    fn properties(&self, item: u64) -> Result<Vec<IsoBox<'a>>> {
        for found in Boxes(self.associations) {
            let found = found?;
            if found.kind != b"ipma" {
                continue;
            }
            if let Some(indexes) = associated(found.content, item)? {
                // Counted from one; zero stands for no property.
                let property = |index: usize| self.properties.get(index.checked_sub(1)?).copied();
                return Ok(indexes.into_iter().filter_map(property).collect());
            }
        }
        Ok(Vec::new())
    }

    /// Shows every reference of a kind: from which item, to which.
    fn references(&self, kind: &[u8; 4], mut show: impl FnMut(u64, u64)) -> Result<()> {
        if self.references.is_empty() {
            return Ok(());
        }
        let mut fields = Fields(self.references);
        let id_size = if fields.version()?.0 == 0 { 2 } else { 4 };
        for found in Boxes(fields.0) {
            let found = found?;
            if found.kind != kind {
                continue;
            }
            let mut fields = Fields(found.content);
            let from = fields.number(id_size)?;
            for _ in 0..fields.number(2)? {
                show(from, fields.number(id_size)?);
            }
        }
        Ok(())
    }

    /// The data of an item, which must be AV1.
    fn item(&self, item: u64) -> Result<Vec<u8>> {
        match self.kind_of(item)? {
            b"av01" => self.located(item),
            b"grid" => Err(unsupported("a grid of pictures")),
            other => Err(unsupported(&format!("an item of the kind `{}`", other.escape_ascii()))),
        }
    }

    /// ISO/IEC 14496-12, § 8.11.6.
    fn kind_of(&self, item: u64) -> Result<&'a [u8; 4]> {
        let mut fields = Fields(self.kinds);
        let count_size = if fields.version()?.0 == 0 { 2 } else { 4 };
        fields.skip(count_size)?;
        for found in Boxes(fields.0) {
            let mut fields = Fields(found?.content);
            let id_size = match fields.version()?.0 {
                2 => 2,
                3 => 4,
                // Without a kind.
                _ => continue,
            };
            if fields.number(id_size)? != item {
                continue;
            }
            return match fields.number(2)? {
                0 => fields.kind(),
                _ => Err(unsupported("a protected picture")),
            };
        }
        Err(damaged("the kind of its picture is not told"))
    }

    /// ISO/IEC 14496-12, § 8.11.3.
    fn located(&self, item: u64) -> Result<Vec<u8>> {
        let mut fields = Fields(self.locations);
        let widths = Widths::read(&mut fields)?;
        for _ in 0..fields.number(widths.id)? {
            let id = fields.number(widths.id)?;
            let method = fields.number(widths.method)? & 15;
            let elsewhere = fields.number(2)? != 0;
            let base = fields.number(widths.base)?;
            let extents = fields.number(2)? as usize;
            if id != item {
                fields.skip(extents * widths.extent())?;
                continue;
            }
            let source = match method {
                _ if elsewhere => return Err(unsupported("a picture that is kept in another file")),
                0 => self.file,
                1 => self.data,
                _ => return Err(unsupported("a picture that is part of another item")),
            };
            let mut gathered = Gathered { source, base, bytes: Vec::new() };
            for _ in 0..extents {
                fields.skip(widths.index)?;
                gathered.add(fields.number(widths.offset)?, fields.number(widths.length)?)?;
            }
            return Ok(gathered.bytes);
        }
        Err(damaged("the place of its picture is not told"))
    }
}

/// How many bytes the fields of an `iloc` box have.
struct Widths {
    id: usize,
    method: usize,
    base: usize,
    index: usize,
    offset: usize,
    length: usize,
}

impl Widths {
    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let version = fields.version()?.0;
        let sizes = fields.number(2)?;
        let size = |shift: u32| (sizes >> shift & 15) as usize;
        Ok(Self {
            id: if version < 2 { 2 } else { 4 },
            method: if version == 0 { 0 } else { 2 },
            base: size(4),
            index: if version == 0 { 0 } else { size(0) },
            offset: size(12),
            length: size(8),
        })
    }

    /// Of one piece of an item.
    fn extent(&self) -> usize {
        self.index + self.offset + self.length
    }
}

/// Pieces of some bytes, put together.
struct Gathered<'a> {
    source: &'a [u8],
    base: u64,
    bytes: Vec<u8>,
}

impl Gathered<'_> {
    /// Adds `length` bytes, or without a length the rest.
    fn add(&mut self, offset: u64, length: u64) -> Result<()> {
        let missing = || damaged("its picture is cut off");
        let start = self.base.checked_add(offset).and_then(|start| usize::try_from(start).ok());
        let piece = start.and_then(|start| self.source.get(start..)).ok_or_else(missing)?;
        let length = if length == 0 { piece.len() } else { usize::try_from(length).unwrap_or(usize::MAX) };
        let piece = piece.get(..length).ok_or_else(missing)?;
        // Pieces that overlap could make much of little.
        if piece.len() > self.source.len() - self.bytes.len() {
            return Err(damaged("its picture claims more bytes than there are"));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

/// The content of the first box of a kind.
fn find<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Result<Option<&'a [u8]>> {
    for found in Boxes(bytes) {
        let found = found?;
        if found.kind == kind {
            return Ok(Some(found.content));
        }
    }
    Ok(None)
}

/// The indexes of the properties that an `ipma` box gives to an item.
fn associated(content: &[u8], item: u64) -> Result<Option<Vec<usize>>> {
    let mut fields = Fields(content);
    let (version, flags) = fields.version()?;
    let id_size = if version == 0 { 2 } else { 4 };
    // The highest bit tells whether the property is essential.
    let (size, mask) = if flags & 1 == 0 { (1, 0x7f) } else { (2, 0x7fff) };
    for _ in 0..fields.number(4)? {
        let id = fields.number(id_size)?;
        let count = fields.number(1)?;
        if id == item {
            return (0..count)
                .map(|_| Ok((fields.number(size)? & mask) as usize))
                .collect::<Result<_>>()
                .map(Some);
        }
        fields.skip(count as usize * size)?;
    }
    Ok(None)
}

fn is_alpha(property: &IsoBox<'_>) -> bool {
    // After version and flags, a text that ends with a zero.
    let name = property.content.get(4..).and_then(|rest| rest.split(|&byte| byte == 0).next());
    property.kind == b"auxC" && name.is_some_and(|name| ALPHA_TYPES.contains(&name))
}
