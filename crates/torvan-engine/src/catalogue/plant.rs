//! The plant's JSON files. What a file holds is told by its top-level key, so that files may be renamed or joined.

use super::document::{Document, Finding, InputFile, Row, Severity};
use super::json::{self, Node, escape};

type Reader = fn(&mut Reading<'_>, &Node);

const SECTIONS: [(&str, Reader); 5] = [
    ("categories", |reading, section| reading.categories(section)),
    ("assemblies", |reading, section| reading.assemblies(section)),
    ("parts", |reading, section| reading.parts(section)),
    ("short_codes", |reading, section| reading.short_codes(section)),
    ("control_boxes", |reading, section| reading.proposals(section)),
];

/// Field in the file, field of the row.
const ITEM_FIELDS: [(&str, &str); 15] = [
    ("name", "name"),
    ("description", "description"),
    ("type", "type"),
    ("status", "status"),
    ("unit", "unit"),
    ("manufacturer", "manufacturer"),
    ("manufacturer_info", "manufacturer"),
    ("vendor", "manufacturer"),
    ("manufacturer_part_number", "manufacturer_part_number"),
    ("standard_cost", "standard_cost"),
    ("list_price", "list_price"),
    ("weight_kg", "weight_kg"),
    ("lead_time_days", "lead_time_days"),
    ("can_order", "is_orderable"),
    ("is_orderable", "is_orderable"),
];

const ASSEMBLY_FIELDS: [(&str, &str); 4] = [
    ("labour_hours", "labour_hours"),
    ("is_kit", "is_kit"),
    ("category_code", "category"),
    ("subcategory_code", "subcategory"),
];

const COMPONENT_FIELDS: [(&str, &str); 9] = [
    ("part_id", "child"),
    ("quantity", "quantity"),
    ("unit", "unit"),
    ("scrap_percent", "scrap_percent"),
    ("position", "position"),
    ("is_optional", "is_optional"),
    ("substitute_group", "substitute_group"),
    ("notes", "note"),
    ("note", "note"),
];

pub(super) fn read(file: &InputFile, document: &mut Document) {
    let root = match json::parse(&file.bytes) {
        Ok(root) => root,
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            let message = format!("{} is not valid JSON: {error}.", file.name);
            document
                .findings
                .push(Finding::error(&file.name, &place, message).expected("a complete JSON text"));
            return;
        }
    };
    let mut reading = Reading { source: &file.name, document };
    for twice in json::repeated_keys(&file.bytes) {
        reading.repeated_key(&twice);
    }
    reading.sections(&root);
}

struct Reading<'a> {
    source: &'a str,
    document: &'a mut Document,
}

impl Reading<'_> {
    fn repeated_key(&mut self, twice: &json::RepeatedKey) {
        let message = format!(
            "\"{}\" stands twice: on line {} and on line {}.",
            twice.key, twice.first_line, twice.line
        );
        self.document.findings.push(
            Finding::error(self.source, &format!("{} (line {})", twice.pointer, twice.line), message)
                .found(&twice.key)
                .expected("each key once"),
        );
    }

    fn sections(&mut self, root: &Node) {
        let Node::Object(entries) = root else {
            return self.unexpected("", root, "an object with a section of the catalogue");
        };
        let mut is_known = false;
        for (key, value) in entries {
            match SECTIONS.iter().find(|(name, _)| name == key) {
                Some((_, section)) => {
                    is_known = true;
                    let rows_before = self.document.row_count();
                    section(self, value);
                    self.check_count(root, key, value, self.document.row_count() - rows_before);
                }
                None if key == "metadata" => {}
                None => self.left_out(&format!("/{}", escape(key)), key),
            }
        }
        if let Some(doubts) = root.get("metadata").and_then(|metadata| metadata.get("doubtful")) {
            self.doubts(doubts);
        }
        if !is_known {
            let kind =
                root.get("metadata").and_then(|m| m.get("kind")).and_then(Node::scalar).unwrap_or_default();
            let names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
            self.document.findings.push(
                Finding::error(self.source, "/", format!("{} holds no part of a catalogue.", self.source))
                    .field("metadata.kind")
                    .found(&kind)
                    .expected(&format!("one of the keys {}", names.join(", "))),
            );
        }
    }

    /// A file that says how many it holds and holds fewer was cut off somewhere.
    fn check_count(&mut self, root: &Node, key: &str, section: &Node, rows: usize) {
        let stated = root.get("metadata").and_then(|m| m.get("count")).and_then(Node::scalar);
        let present = match section {
            Node::Object(entries) => entries.len(),
            Node::Array(items) => items.len(),
            _ => rows,
        };
        let Some(stated) = stated.filter(|stated| *stated != present.to_string()) else { return };
        if SECTIONS.iter().filter(|(name, _)| root.get(name).is_some()).count() > 1 {
            return;
        }
        self.document.findings.push(
            Finding::new(
                Severity::Warning,
                self.source,
                "/metadata/count",
                format!("The file says that it holds {stated} {key}, but it holds {present}."),
            )
            .field("count")
            .found(&present.to_string())
            .expected(&stated),
        );
    }

    fn categories(&mut self, section: &Node) {
        for (code, category, at) in self.entries("/categories", section) {
            let mut row = Row::new(self.source, &at).with("code", code);
            self.take(
                &mut row,
                &at,
                category,
                &[("name", "name"), ("description", "description")],
                &["subcategories"],
            );
            self.document.categories.push(row);
            let Some(subcategories) = category.get("subcategories") else { continue };
            for (sub_code, subcategory, at) in self.entries(&format!("{at}/subcategories"), subcategories) {
                self.subcategory(code, sub_code, subcategory, &at);
            }
        }
    }

    fn subcategory(&mut self, category: &str, code: &str, subcategory: &Node, at: &str) {
        let mut row = Row::new(self.source, at).with("category", category).with("code", code);
        self.take(
            &mut row,
            at,
            subcategory,
            &[("name", "name"), ("description", "description")],
            &["assembly_refs"],
        );
        self.document.subcategories.push(row);
        let Some(references) = subcategory.get("assembly_refs") else { return };
        let at = format!("{at}/assembly_refs");
        for (index, reference) in self.items(&at, references).iter().enumerate() {
            let at = format!("{at}/{index}");
            if let Some(listed) = self.code(&at, "code", reference) {
                let row = Row::new(self.source, &at)
                    .with("subcategory", code)
                    .with("code", listed)
                    .with("position", (index + 1).to_string());
                self.document.listings.push(row);
            }
        }
    }

    fn assemblies(&mut self, section: &Node) {
        for (code, assembly, at) in self.entries("/assemblies", section) {
            let mut row = Row::new(self.source, &at).with("code", code);
            self.take_item(&mut row, &at, assembly, &ASSEMBLY_FIELDS);
            if let Some(components) = assembly.get("components").filter(|node| **node != Node::Null) {
                row.set("states_components", "true");
                let lines = self.lines(&format!("{at}/components"), code, components);
                self.document.components.extend(lines);
            }
            self.document.assemblies.push(row);
        }
    }

    fn parts(&mut self, section: &Node) {
        for (code, part, at) in self.entries("/parts", section) {
            let mut row = Row::new(self.source, &at).with("code", code);
            self.take_item(&mut row, &at, part, &[]);
            self.document.parts.push(row);
        }
    }

    fn short_codes(&mut self, section: &Node) {
        for (index, entry) in self.items("/short_codes", section).iter().enumerate() {
            let at = format!("/short_codes/{index}");
            let mut row = Row::new(self.source, &at).with("kind", "SHORT");
            let fields = [
                ("short_code", "code"),
                ("code", "item"),
                ("subcategory", "subcategory"),
                ("source", "origin"),
            ];
            self.take(&mut row, &at, entry, &fields, &[]);
            self.document.codes.push(row);
        }
    }

    fn proposals(&mut self, section: &Node) {
        for (code, components, at) in self.entries("/control_boxes", section) {
            let lines = self.lines(&at, code, components);
            self.document.proposals.extend(lines);
        }
    }

    fn doubts(&mut self, section: &Node) {
        for (index, doubt) in self.items("/metadata/doubtful", section).iter().enumerate() {
            let at = format!("/metadata/doubtful/{index}");
            let mut row = Row::new(self.source, &at);
            self.take(&mut row, &at, doubt, &[("code", "code"), ("part", "part"), ("why", "why")], &[]);
            self.document.doubts.push(row);
        }
    }

    fn lines(&mut self, at: &str, parent: &str, components: &Node) -> Vec<Row> {
        let mut lines = Vec::new();
        for (index, component) in self.items(at, components).iter().enumerate() {
            let at = format!("{at}/{index}");
            if !matches!(component, Node::Object(_)) {
                self.unexpected(&at, component, "an object with part_id and quantity");
                continue;
            }
            let mut row = Row::new(self.source, &at).with("parent", parent);
            self.take(&mut row, &at, component, &COMPONENT_FIELDS, &[]);
            lines.push(row);
        }
        lines
    }

    /// Takes the fields that are known into the row; others are kept as attributes and told.
    fn take_item(&mut self, row: &mut Row, at: &str, item: &Node, further: &[(&str, &str)]) {
        let Node::Object(entries) = item else { return self.unexpected(at, item, "an object") };
        for (key, value) in entries.iter().filter(|(key, _)| key != "components" || further.is_empty()) {
            if let Some((_, field)) = ITEM_FIELDS.iter().chain(further).find(|(name, _)| name == key) {
                self.take_field(row, at, key, field, value);
            } else if let Some(text) = self.scalar(at, key, value) {
                row.set_attribute(key, &text);
                let message =
                    format!("\"{key}\" is no field of the catalogue; it is kept among the attributes.");
                self.document
                    .findings
                    .push(Finding::new(Severity::Note, self.source, at, message).field(key).found(&text));
            }
        }
    }

    fn take(&mut self, row: &mut Row, at: &str, object: &Node, fields: &[(&str, &str)], elsewhere: &[&str]) {
        let Node::Object(entries) = object else { return self.unexpected(at, object, "an object") };
        for (key, value) in entries.iter().filter(|(key, _)| !elsewhere.contains(&key.as_str())) {
            match fields.iter().find(|(name, _)| name == key) {
                Some((_, field)) => self.take_field(row, at, key, field, value),
                None => self.left_out(&format!("{at}/{}", escape(key)), key),
            }
        }
    }

    fn take_field(&mut self, row: &mut Row, at: &str, key: &str, field: &str, value: &Node) {
        let text = match field {
            "child" | "code" | "item" | "category" | "subcategory" => self.code(at, key, value),
            _ => self.scalar(at, key, value),
        };
        if let Some(text) = text {
            row.set(field, text);
        }
    }

    fn scalar(&mut self, at: &str, key: &str, value: &Node) -> Option<String> {
        if matches!(value, Node::Array(_) | Node::Object(_)) {
            self.unexpected(&format!("{at}/{}", escape(key)), value, "a single value");
        }
        value.scalar()
    }

    fn code(&mut self, at: &str, key: &str, value: &Node) -> Option<String> {
        if let Node::Number(text) = value {
            let message =
                format!("The code {text} is written as a number; leading zeros may have been lost.");
            self.document.findings.push(
                Finding::new(Severity::Warning, self.source, at, message)
                    .field(key)
                    .found(text)
                    .expected("a code in quotes"),
            );
        }
        self.scalar(at, key, value)
    }

    fn entries<'n>(&mut self, at: &str, section: &'n Node) -> Vec<(&'n str, &'n Node, String)> {
        let Node::Object(entries) = section else {
            self.unexpected(at, section, "an object with codes as keys");
            return Vec::new();
        };
        entries.iter().map(|(code, value)| (code.as_str(), value, format!("{at}/{}", escape(code)))).collect()
    }

    fn items<'n>(&mut self, at: &str, section: &'n Node) -> &'n [Node] {
        let Node::Array(items) = section else {
            self.unexpected(at, section, "a list");
            return &[];
        };
        items
    }

    fn unexpected(&mut self, at: &str, node: &Node, expected: &str) {
        let at = if at.is_empty() { "/" } else { at };
        let message = format!("At {at} stands {} instead of {expected}.", node.kind());
        self.document
            .findings
            .push(Finding::error(self.source, at, message).found(node.kind()).expected(expected));
    }

    fn left_out(&mut self, at: &str, key: &str) {
        let message = format!("\"{key}\" is no field of the catalogue; it is left out.");
        self.document.findings.push(Finding::new(Severity::Warning, self.source, at, message).field(key));
    }
}
