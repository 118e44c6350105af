//! The plant's files, read directly.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::rules::Wanted;

/// Assemblies and what they are made of, by bare code.
pub struct Catalogue {
    components: BTreeMap<String, Vec<(String, i64)>>,
    /// Orderable accessories of category 720 that fit an MDRD sink.
    pub accessories: Vec<String>,
}

fn bare(code: &str) -> String {
    code.strip_prefix("ASSY-").unwrap_or(code).to_owned()
}

impl Catalogue {
    pub fn read(folder: &Path) -> Self {
        let mut catalogue = Self { components: BTreeMap::new(), accessories: Vec::new() };
        for file in ["assemblies.json", "pegboard_size_kits.json"] {
            let text = std::fs::read_to_string(folder.join(file)).expect("a file");
            let content: Value = serde_json::from_str(&text).expect("JSON");
            for (code, assembly) in content["assemblies"].as_object().expect("assemblies") {
                catalogue.add(&bare(code), assembly);
            }
        }
        catalogue
    }

    fn add(&mut self, code: &str, assembly: &Value) {
        if assembly["category_code"] == "720" && !code.starts_with("T2-OHL-INSTRO") {
            self.accessories.push(code.to_owned());
        }
        let components = assembly["components"].as_array().expect("components").iter();
        let components = components.map(|c| {
            (bare(c["part_id"].as_str().expect("a code")), c["quantity"].as_i64().expect("a quantity"))
        });
        self.components.insert(code.to_owned(), components.collect());
    }

    /// Totals of everything without components (product.md 4.8).
    pub fn leaves(&self, wanted: &Wanted) -> BTreeMap<String, i64> {
        let mut totals = BTreeMap::new();
        for (code, quantity) in &wanted.lines {
            self.explode(code, *quantity, &mut vec![], wanted, &mut totals);
        }
        totals
    }

    fn explode(
        &self,
        code: &str,
        quantity: i64,
        path: &mut Vec<String>,
        wanted: &Wanted,
        totals: &mut BTreeMap<String, i64>,
    ) {
        let content = self.components.get(code).filter(|content| !content.is_empty());
        let Some(content) = content.filter(|_| !path.iter().any(|passed| passed == code)) else {
            *totals.entry(code.to_owned()).or_default() += quantity;
            return;
        };
        path.push(code.to_owned());
        for (child, each) in content {
            let is_generic_kit = matches!(code, "T2-ADW-PB-PERF-KIT" | "T2-ADW-PB-SOLID-KIT");
            let panel = wanted.custom_panel.as_ref().filter(|_| is_generic_kit && child == "T2-ADW-PB-12036");
            self.explode(panel.unwrap_or(child), quantity * each, path, wanted, totals);
        }
        path.pop();
    }
}
