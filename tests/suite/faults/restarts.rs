//! A new version is rolled out: one instance after the other is told to stop, and its clients move on.

use super::scene::Scene;
use crate::support::postgres;

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_loses_nothing() {
    let mut scene = Scene::of(2, &postgres::server().fresh_database());
    let load = scene.load(true);
    for instance in [0, 1, 0, 1] {
        load.progress().await;
        scene.terminate(instance);
        load.progress().await;
        scene.start(instance);
    }
    load.stop().await;
    scene.check_against_another().await;
}
