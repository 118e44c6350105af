//! The end of a record: a destruction that one person asks for and another signs, the archive it leaves, and the way back.

use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;

use crate::browser::Browser;
use crate::look::look_at;
use crate::people::{Served, serve, somebody};

/// The sample order was delivered sixteen years ago, past the period for device records.
const LONG_AGO: &str = "
    ALTER TABLE orders DISABLE TRIGGER USER;
    UPDATE orders SET is_sample = false, phase = 'DELIVERED', dispatched_on = current_date - 5846, delivered_on = current_date - 5845;
    ALTER TABLE orders ENABLE TRIGGER USER";

const POLICY: &str =
    "SELECT policy_id::text FROM data_retention_policies WHERE policy_code = 'DEVICE_RECORDS'";
const RUN: &str = "SELECT max(retention_run_id)::text FROM retention_runs";
const ORDERS: &str = "SELECT count(*)::text FROM orders";

async fn with_an_old_record() -> Served {
    let served = serve(TestDatabase::new().await).await;
    served.without_second_factors().await;
    served.run(LONG_AGO).await;
    served
}

/// A run is tried out unless somebody wants it to be real.
async fn carry_out(admin: &Browser, execute: &str) {
    admin.open(execute).await;
    admin.click(".dialog-body .switch").await;
    admin.click(".dialog-foot .button.primary").await;
}

#[tokio::test]
async fn a_destruction_is_signed_by_another_and_its_archive_brings_the_record_back() {
    let served = with_an_old_record().await;
    let execute = format!("/retention/policies/{}/execute", served.read(POLICY).await);
    let admin = somebody(&served, "sample.admin").await;
    carry_out(&admin, &execute).await;
    served.has_in_the_end("SELECT string_agg(status, ' ') FROM retention_runs", "awaiting_signature").await;
    let run = format!("/retention/runs/{}", served.read(RUN).await);

    // Who asked does not sign; somebody else does, with the reason.
    admin.open(&format!("{run}/approve")).await;
    admin.fill("reason", "The period is over.").await;
    admin.fill("password", PASSWORD).await;
    admin.click(".dialog-foot .button.primary").await;
    admin
        .wait_until(
            "return document.querySelector('main').textContent.includes('may not approve this destruction')",
        )
        .await;
    assert_eq!(served.read("SELECT status FROM retention_runs").await, "awaiting_signature");
    let quality = somebody(&served, "sample.quality").await;
    look_at(&quality, "retention-run-waits", &run).await;
    look_at(&quality, "retention-approve", &format!("{run}/approve")).await;
    quality.open(&format!("{run}/approve")).await;
    quality.fill("reason", "The period is over, no case is open.").await;
    quality.fill("password", PASSWORD).await;
    quality.click(".dialog-foot .button.primary").await;
    quality.wait_for(&run).await;
    let stamp = quality.text(".stamp").await;
    assert!(stamp.contains("Quinn Quality") && stamp.contains("no case is open"), "{stamp}");
    assert_eq!(served.read(ORDERS).await, "1", "nothing goes by the signature alone");

    // What was signed is carried out: the record is in an archive, and nowhere else.
    carry_out(&admin, &execute).await;
    served.has_in_the_end(ORDERS, "0").await;
    let archive = format!("/archives/{}", served.read("SELECT archive_id::text FROM archives").await);
    look_at(&admin, "archive", &archive).await;
    look_at(&admin, "archive-restore", &format!("{archive}/restore")).await;
    admin.open(&format!("{archive}/restore")).await;
    admin.click(".dialog-foot .button.primary").await;
    admin.wait_for(&archive).await;
    served.has_in_the_end(ORDERS, "1").await;
    assert!(
        !admin.has(&format!("a[href=\"{archive}/restore\"]")).await,
        "what is back is not restored twice"
    );
}
