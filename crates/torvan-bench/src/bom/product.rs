//! Synthetic products whose totals are known without the database.

use std::collections::{BTreeMap, BTreeSet};

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Child {
    /// An assembly of the same product, by its place.
    Assembly(usize),
    /// A part of the shared catalogue, by its place.
    Part(usize),
}

/// One component of an assembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub parent: usize,
    pub child: Child,
    pub quantity: u32,
}

/// A product: assembly 0 is the top, and a component stands after its parent, so that places are a topological order.
#[derive(Debug, Clone)]
pub(super) struct Product {
    pub name: String,
    pub assemblies: usize,
    pub edges: Vec<Edge>,
}

/// What a BOM of one product must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Totals {
    /// Distinct components below the top.
    pub lines: usize,
    /// Longest way from the top to a component.
    pub depth: usize,
    /// Nodes of the indented tree, the top included.
    pub tree_nodes: u128,
    /// Quantity of each part over all ways to it.
    pub parts: BTreeMap<usize, u128>,
}

/// Coprime with every size of catalogue in use, so that the parts of one assembly are distinct.
const PART_STRIDE: usize = 7919;

impl Product {
    /// Layers of assemblies: each assembly goes into one of the layer above (most into a second one, shared), and parts fill
    /// up to `edges` components.
    pub fn layered(name: &str, layers: &[usize], edges: usize, parts: usize) -> Self {
        let mut found = Vec::with_capacity(edges);
        let (mut above_first, mut above_size) = (0, 1);
        for size in layers {
            let first = above_first + above_size;
            for place in 0..*size {
                let parents: BTreeSet<usize> = [place % above_size, (place * 31 + 17) % above_size].into();
                found.extend(parents.into_iter().map(|parent| Edge {
                    parent: above_first + parent,
                    child: Child::Assembly(first + place),
                    quantity: 1 + u32::from(place % 3 == 0),
                }));
            }
            (above_first, above_size) = (first, *size);
        }
        let assemblies = above_first + above_size;
        let of_parts = edges.saturating_sub(found.len());
        for assembly in 0..assemblies {
            let count = of_parts / assemblies + usize::from(assembly < of_parts % assemblies);
            found.extend((0..count).map(|n| Edge {
                parent: assembly,
                child: Child::Part((assembly * 37 + n * PART_STRIDE) % parts),
                quantity: [1, 2, 3, 4][(assembly + n) % 4],
            }));
        }
        Self { name: name.to_owned(), assemblies, edges: found }
    }

    /// Rungs of two assemblies, each of which holds both of the next rung; the last hold one part. With n assemblies on the
    /// way down there are 2^(n-1) ways to the part.
    pub fn ladder(name: &str, levels: usize) -> Self {
        let rung = |level: usize| [2 * level - 1, 2 * level];
        let mut edges: Vec<Edge> = rung(1).map(|child| single(0, Child::Assembly(child))).to_vec();
        for level in 1..levels - 1 {
            for parent in rung(level) {
                edges.extend(rung(level + 1).map(|child| single(parent, Child::Assembly(child))));
            }
        }
        edges.extend(rung(levels - 1).map(|parent| single(parent, Child::Part(0))));
        Self { name: name.to_owned(), assemblies: 2 * levels - 1, edges }
    }

    /// A chain in which each item holds the next few items; the last item is a part.
    pub fn windowed(name: &str, windows: &[usize]) -> Self {
        let last = windows.len();
        let edges = windows.iter().enumerate().flat_map(|(parent, window)| {
            (parent + 1..=(parent + window).min(last)).map(move |item| {
                single(parent, if item == last { Child::Part(0) } else { Child::Assembly(item) })
            })
        });
        Self { name: name.to_owned(), assemblies: last, edges: edges.collect() }
    }

    /// 26 items in 168 components below the top (169 lines with it), which as an indented tree have 16.8 million nodes.
    pub fn shared(name: &str) -> Self {
        let windows: Vec<usize> =
            (0..25).map(|place| if (10..19).contains(&place) { 3 } else { 12 }).collect();
        Self::windowed(name, &windows)
    }

    /// Totals by one pass down, in whole numbers: another way than the database's.
    pub fn totals(&self) -> Totals {
        let mut below: Vec<Vec<&Edge>> = vec![Vec::new(); self.assemblies];
        self.edges.iter().for_each(|edge| below[edge.parent].push(edge));
        let mut quantities = vec![0_u128; self.assemblies];
        let mut paths = vec![0_u128; self.assemblies];
        let mut depths = vec![0_usize; self.assemblies];
        (quantities[0], paths[0]) = (1, 1);
        let mut totals = Totals { lines: self.edges.len(), depth: 0, tree_nodes: 1, parts: BTreeMap::new() };
        for parent in 0..self.assemblies {
            for edge in &below[parent] {
                let quantity = quantities[parent] * u128::from(edge.quantity);
                totals.tree_nodes += paths[parent];
                totals.depth = totals.depth.max(depths[parent] + 1);
                match edge.child {
                    Child::Part(part) => *totals.parts.entry(part).or_default() += quantity,
                    Child::Assembly(child) => {
                        quantities[child] += quantity;
                        paths[child] += paths[parent];
                        depths[child] = depths[child].max(depths[parent] + 1);
                    }
                }
            }
        }
        totals
    }
}

fn single(parent: usize, child: Child) -> Edge {
    Edge { parent, child, quantity: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks every way, as an indented tree does.
    fn brute_force(product: &Product) -> (u128, BTreeMap<usize, u128>) {
        let mut nodes = 0;
        let mut parts = BTreeMap::new();
        let mut pending = vec![(0, 1_u128)];
        while let Some((parent, quantity)) = pending.pop() {
            nodes += 1;
            for edge in product.edges.iter().filter(|edge| edge.parent == parent) {
                let total = quantity * u128::from(edge.quantity);
                match edge.child {
                    Child::Assembly(child) => pending.push((child, total)),
                    Child::Part(part) => {
                        nodes += 1;
                        *parts.entry(part).or_default() += total;
                    }
                }
            }
        }
        (nodes, parts)
    }

    fn is_distinct(product: &Product) -> bool {
        let mut seen: Vec<_> = product
            .edges
            .iter()
            .map(|edge| match edge.child {
                Child::Assembly(child) => (edge.parent, 0, child),
                Child::Part(part) => (edge.parent, 1, part),
            })
            .collect();
        let before = seen.len();
        seen.sort_unstable();
        seen.dedup();
        seen.len() == before
    }

    fn goes_down(product: &Product) -> bool {
        product.edges.iter().all(|edge| match edge.child {
            Child::Assembly(child) => edge.parent < child && child < product.assemblies,
            Child::Part(_) => true,
        })
    }

    #[test]
    fn totals_in_one_pass_equal_those_of_every_way() {
        let products = [
            Product::layered("A", &[3, 7, 5], 60, 300),
            Product::ladder("B", 6),
            Product::windowed("C", &[3, 2, 4, 3, 3, 1]),
        ];
        for product in products {
            let totals = product.totals();
            assert_eq!((totals.tree_nodes, totals.parts), brute_force(&product), "{}", product.name);
            assert!(is_distinct(&product) && goes_down(&product), "{}", product.name);
        }
    }

    #[test]
    fn a_layered_product_has_the_wanted_size() {
        let product = Product::layered("A", &[20, 100, 500, 1500, 3000, 3800, 3580], 100_000, 50_000);
        let totals = product.totals();
        assert_eq!((product.assemblies, totals.lines, totals.depth), (12_501, 100_000, 8));
        assert!(is_distinct(&product) && goes_down(&product));
    }

    #[test]
    fn ladders_double_with_each_level() {
        for (levels, ways) in [(26, 1_u128 << 25), (41, 1 << 40)] {
            let totals = Product::ladder("L", levels).totals();
            assert_eq!(totals.parts, BTreeMap::from([(0, ways)]));
            assert_eq!(totals.depth, levels);
        }
    }

    #[test]
    fn the_shared_product_has_26_items_169_lines_and_16_8_million_nodes() {
        let product = Product::shared("S");
        let totals = product.totals();
        assert_eq!(product.assemblies + totals.parts.len(), 26);
        assert_eq!(totals.lines + 1, 169, "with the line of the top itself");
        assert_eq!(totals.tree_nodes, 16_796_118);
        assert!(is_distinct(&product) && goes_down(&product));
    }
}
