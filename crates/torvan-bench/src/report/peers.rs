//! Figures of other systems. They were measured by us on a machine of the same size on another day and are quoted, not
//! measured in this run: only their order of magnitude says something.

use super::Quoted;

/// Whole-tree production of 150 lines in Tryton 8.2, and one sink by the generator the plant used before (379 queries).
pub(crate) fn one_sink(ours: f64) -> Vec<Quoted> {
    vec![
        quoted("whole tree of 150 lines", "Tryton 8.2, production", (500.0, 600.0), ours, Some(30.0)),
        quoted("one sink", "the plant's former generator", (177.0, 300.0), ours, Some(30.0)),
    ]
}

/// 20 sinks by the generator the plant used before.
pub(crate) fn twenty_sinks(ours: f64) -> Vec<Quoted> {
    vec![quoted("20 sinks", "the plant's former generator", (3700.0, 5800.0), ours, None)]
}

fn quoted(what: &str, who: &str, milliseconds: (f64, f64), ours: f64, target: Option<f64>) -> Quoted {
    Quoted {
        what: what.to_owned(),
        who: who.to_owned(),
        milliseconds,
        ours,
        times_faster: milliseconds.0 / ours,
        target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_compare_with_the_best_that_others_reached() {
        let quoted = one_sink(5.0);
        assert!((quoted[0].times_faster - 100.0).abs() < 1e-9);
        assert!((quoted[1].times_faster - 35.4).abs() < 1e-9);
    }
}
