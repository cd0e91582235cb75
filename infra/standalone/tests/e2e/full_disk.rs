//! The disk is full, which a limit on the size of files stands for: no file can grow or be written, the database's, its
//! log's and that of the log lines alike.

use crate::disturbed::{Scenario, Stage, run_disturbed};
use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use std::sync::Mutex;
use tokio::task::block_in_place;

/// Less than any file of the bridge has, so that no write succeeds, not even in place.
const NO_ROOM: u64 = 1;

fn limit_files(stage: &Stage, current: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    prlimit(Some(stage.bridge.pid()), Resource::Fsize, Rlimit { current, maximum }).unwrap();
}

/// What ends it.
#[derive(Clone, Copy)]
enum End {
    /// Room is made while the bridge runs.
    Room,
    /// The bridge is killed on the full disk, and started where there is room.
    Restart,
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_taken_and_once_there_is_room_all_of_it_is() {
    let ends = Mutex::new([End::Room, End::Restart, End::Room, End::Restart].into_iter());
    let scenario = Scenario { outlives_file_limits: true, ..Scenario::new(41, 200, 4) };
    run_disturbed(scenario, async |stage: &Stage| {
        limit_files(stage, Some(NO_ROOM));
        tokio::join!(stage.assert_nothing_is_taken(), stage.assert_that_it_says_so());
        let end = ends.lock().unwrap().next().unwrap();
        match end {
            End::Room => limit_files(stage, getrlimit(Resource::Fsize).current),
            End::Restart => block_in_place(|| {
                stage.bridge.kill();
                stage.bridge.start();
            }),
        }
        stage.until_well().await;
    })
    .await;
}
