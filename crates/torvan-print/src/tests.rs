//! Papers are read back.

use chrono::{TimeZone as _, Utc};

use super::*;
use crate::lines::wrapped;
use crate::marks::Mark;

macro_rules! letters {
    ($file:literal) => {
        include_bytes!(concat!("../../torvan-server/assets/vendor/node_modules/", $file))
    };
}

fn fonts() -> Fonts {
    Fonts::new(
        letters!("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf"),
        letters!("@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf"),
        letters!("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"),
    )
    .expect("fonts")
}

fn paper(sheet: Sheet, blocks: Vec<Block>) -> Paper {
    Paper {
        sheet,
        language: "en".to_owned(),
        title: "Bill of materials".to_owned(),
        issuer: "TORVAN Medical Systems".to_owned(),
        head: "Bill of materials 50001".to_owned(),
        foot: "BOM 12".to_owned(),
        page_of: "Page {page} of {pages}".to_owned(),
        dated: Utc.with_ymd_and_hms(2026, 11, 20, 9, 5, 0).single(),
        identity: "bom/12".to_owned(),
        blocks,
    }
}

fn table(rows: Vec<Row>) -> Table {
    let columns = vec![
        Column::left("Code", Width::Fixed(120.0)),
        Column::left("Description", Width::Share(1.0)),
        Column::right("Quantity", Width::Fixed(60.0)),
    ];
    Table { columns, rows }
}

fn row(kind: RowKind, code: &str, name: &str, quantity: &str) -> Row {
    let cells = [Text::strong(code), Text::plain(name), Text::plain(quantity)];
    Row { kind, cells: cells.map(Cell::from).to_vec() }
}

/// The text of each page.
fn read(file: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(file).expect("a PDF");
    let pages = document.get_pages();
    pages.keys().map(|page| document.extract_text(&[*page]).expect("text")).collect()
}

fn joined(file: &[u8]) -> String {
    read(file).concat().replace(['\n', ' '], "")
}

const HOSTILE: [&str; 8] = [
    "Évier d'angle à droite, œuvre, façade",
    "Ελληνικά, Кириллица, Ærø, Łódź, İstanbul",
    "שלום 123 עולם",
    "مرحبا بالعالم",
    "\u{202E}reversed\u{202C}\u{0}\u{7}\u{1B}[31m",
    "emoji 🧼🚰👩‍🔧 and 洗浄槽",
    "e\u{301}a\u{308}\u{323} combining, \u{FEFF}\u{FFFE}\u{E000}\u{10FFFF}",
    "=1+1 -> <b>&amp;</b> {page} of {pages} %PDF-1.7 endstream (\\)",
];

#[test]
fn every_sign_can_be_read_back_or_is_told_by_its_number() {
    let fonts = fonts();
    let rows = HOSTILE.iter().map(|text| row(RowKind::Line, "A-1", text, "1")).collect();
    let text =
        joined(&print(&paper(Sheet::Letter, vec![Block::Table(table(rows))]), &fonts).expect("a file"));
    for told in [
        "Évierd'angleàdroite,œuvre,façade",
        "Ελληνικά,Кириллица,Ærø,Łódź,İstanbul",
        "‹U+202E›reversed‹U+202C›‹U+0000›‹U+0007›‹U+001B›[31m",
        "‹U+1F9FC›",
        "‹U+200D›",
        "‹U+6D17›",
        "‹U+FEFF›",
        "‹U+E000›",
        "=1+1-><b>&amp;</b>",
    ] {
        assert!(text.contains(told), "{told} is not in {text}");
    }
    for sign in "שלוםעולםمرحبابالعالم".chars() {
        assert!(text.contains(sign), "{sign}");
    }
}

#[test]
fn heads_are_on_each_page_with_its_number_and_no_row_is_lost_or_split() {
    let fonts = fonts();
    for sheet in [Sheet::Letter, Sheet::A4] {
        let mut rows: Vec<Row> = (0..1_200)
            .map(|n| row(RowKind::Line, &format!("C-{n:04}"), &"a part with a long name ".repeat(n % 7), "4"))
            .collect();
        rows.push(row(RowKind::Sum, "SUM", "", "4800"));
        let file = print(&paper(sheet, vec![Block::Table(table(rows))]), &fonts).expect("a file");
        let pages = read(&file);
        assert!(pages.len() > 20);
        for (place, page) in pages.iter().enumerate() {
            assert!(page.contains("Description") && page.contains("TORVAN Medical Systems"), "{page}");
            assert!(page.contains(&format!("Page {} of {}", place + 1, pages.len())), "{page}");
        }
        let all = pages.concat();
        for n in 0..1_200 {
            assert_eq!(all.matches(&format!("C-{n:04}")).count(), 1, "row {n}");
        }
        let last = pages.last().expect("a page");
        assert!(last.contains("SUM") && last.contains("C-1199"), "a sum stands with its last row: {last}");
    }
}

#[test]
fn nothing_stands_beyond_the_edges() {
    let fonts = fonts();
    let long = "W".repeat(500);
    let words = "a description that goes on ".repeat(400);
    for sheet in [Sheet::Letter, Sheet::A4] {
        let mut rows: Vec<Row> =
            HOSTILE.iter().map(|text| row(RowKind::Line, &long, &text.repeat(20), &long)).collect();
        rows.push(row(RowKind::Line, "high", &words, "1"));
        let blocks = vec![
            Block::Title(long.clone(), words.clone()),
            Block::Facts(3, vec![Fact::new(&long, &long), Fact::new("note", &words).over(9)]),
            Block::Figures(vec![(long.clone(), long.clone()), ("1".to_owned(), "one".to_owned())]),
            Block::Notices(vec![Notice { tone: Tone::Bad, text: long.clone() }]),
            Block::Heading(long.clone(), long.clone()),
            Block::Table(table(rows)),
            Block::Stamps(vec![
                Stamp {
                    name: long.clone(),
                    meaning: words[..2_000].to_owned(),
                    at: long.clone(),
                    doubt: Some(long.clone()),
                };
                3
            ]),
        ];
        let mut paper = paper(sheet, blocks);
        (paper.issuer, paper.head, paper.foot) = (long.clone(), long.clone(), long.clone());
        print(&paper, &fonts).expect("a file");
        let (width, height) = sheet.size();
        for mark in flow::set(&paper, &fonts).pages.iter().flatten() {
            if let Mark::Text { x, y, size, line, .. } = mark {
                assert!(*x >= 41.9 && x + line.width(*size) <= width - 41.0, "{line:?}");
                assert!(*y >= 30.0 && *y <= height - 28.0, "{y} of {line:?}");
            }
        }
    }
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    let rows: Vec<Row> =
        (0..300).map(|n| row(RowKind::Line, &format!("C-{n}"), HOSTILE[n % HOSTILE.len()], "1")).collect();
    let one =
        paper(Sheet::A4, vec![Block::Heading("Lines".to_owned(), String::new()), Block::Table(table(rows))]);
    let first = print(&one, &fonts()).expect("a file");
    for _ in 0..3 {
        let one = one.clone();
        let again =
            std::thread::spawn(move || print(&one, &fonts()).expect("a file")).join().expect("a file");
        assert!(again == first);
    }
}

#[test]
fn texts_wrap_after_signs_that_divide_and_lose_nothing() {
    let fonts = fonts();
    for text in ["T2-BODY-48-60-HA is a code", "Ω".repeat(90).as_str(), "", "   ", "a  b"] {
        let lines = wrapped(&fonts, text, Weight::Regular, 8.0, 60.0);
        let told: String = lines.iter().flat_map(|line| &line.runs).map(|run| run.text.as_str()).collect();
        assert_eq!(told.replace(' ', ""), text.replace(' ', ""));
        assert!(lines.iter().all(|line| line.width(8.0) <= 60.0));
    }
}

#[test]
fn a_section_never_begins_at_the_end_of_a_page() {
    let fonts = fonts();
    for count in 30..60 {
        let rows = (0..count).map(|n| row(RowKind::Line, &format!("C-{n}"), "", "1")).collect();
        let next = vec![row(RowKind::Line, "NEXT", "", "1")];
        let blocks = vec![
            Block::Table(table(rows)),
            Block::Heading("Section".to_owned(), "about".to_owned()),
            Block::Table(table(next)),
        ];
        let pages = read(&print(&paper(Sheet::Letter, blocks), &fonts).expect("a file"));
        let page = pages.iter().find(|page| page.contains("Section")).expect("a page");
        assert!(page.contains("NEXT"), "{page}");
    }
}
