//! How the command line says what the database refused.

use crate::support::{PRODUCTION, Plant, SALES};

/// From now on a note says by its text with which SQLSTATE it fails.
const FAILING_NOTES: &str = "CREATE FUNCTION fail_as_told() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'words of constraint_x' USING ERRCODE = NEW.body, DETAIL = 'detail of constraint_x'; END $$;
    CREATE TRIGGER fail_as_told BEFORE INSERT ON order_notes FOR EACH ROW EXECUTE FUNCTION fail_as_told()";

/// From now on the first notes meet another transaction. A sequence is not undone with the transaction that asked it.
const BUSY_NOTES: &str = "CREATE SEQUENCE note_attempts;
    CREATE FUNCTION be_busy() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('note_attempts') < 3 THEN RAISE EXCEPTION 'words of the server' USING ERRCODE = '40P01'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER be_busy BEFORE INSERT ON order_notes FOR EACH ROW EXECUTE FUNCTION be_busy()";

#[tokio::test]
async fn what_no_rule_foresaw_is_one_line_without_internals() {
    let plant = Plant::new().await;
    let order = plant.order("PO-FAIL", &[]);
    plant.execute(FAILING_NOTES).await;
    let note = |text: &str| plant.run_as(SALES, &["order", "note", &order, text]).refused();
    let expected = [
        ("23505", "exists already"),
        ("23503", "refers to"),
        ("23514", "value"),
        ("23P01", "overlaps"),
        ("22003", "out of range"),
        ("22P05", "text"),
        ("22012", "value"),
    ];
    for (state, words) in expected {
        let line = note(state);
        assert!(
            line.contains(words) && line.contains("Nothing was changed") && line.contains("report"),
            "{line}"
        );
        assert!(!line.contains("constraint_x"), "{state}: {line}");
    }
    assert!(note("TV022").contains("words of constraint_x"), "our own words are for people");
    let busy = note("40001");
    assert!(busy.contains("try again") && !busy.contains("constraint_x"), "{busy}");
}

#[tokio::test]
async fn a_command_that_met_another_change_is_made_again() {
    let plant = Plant::new().await;
    let order = plant.order("PO-BUSY", &[]);
    plant.execute(BUSY_NOTES).await;
    plant.run_as(SALES, &["order", "note", &order, "once"]).done();
    let attempts = "SELECT last_value || ' ' || (SELECT count(*) FROM order_notes WHERE body = 'once') FROM note_attempts";
    assert_eq!(plant.value(attempts).await, "3 1", "at the third attempt, stored once");
}

#[tokio::test]
async fn hints_name_commands_where_there_is_one() {
    let plant = Plant::new().await;
    let order = plant.order("PO-HINT", &["B-1"]);
    let nothing = plant.run(&["catalog", "show", "QQQQ-99999-ZZZZ"]).refused();
    assert!(nothing.contains("torvan catalog search"), "{nothing}");
    let nobody = plant.run_as("nobody.here", &["order", "note", &order, "x"]).refused();
    assert!(nobody.contains("--as"), "{nobody}");
    let file = plant.run_as(PRODUCTION, &["order", "approve-attachment", "999999"]).refused();
    assert!(file.contains("torvan order show"), "{file}");
    let part =
        plant.run_as(PRODUCTION, &["bom", "attach-drawing", "720.215.999", "--reference", "D"]).refused();
    assert!(part.contains("torvan bom show"), "{part}");
    let actor = plant.run(&["order", "advance", &order]).refused();
    assert!(actor.contains("--as LOGIN"), "{actor}");
    for line in [nothing, nobody, file, part, actor] {
        assert!(!line.contains("SELECT") && !line.contains("psql"), "{line}");
    }
}
