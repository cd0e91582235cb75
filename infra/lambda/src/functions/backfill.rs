//! What runs on a schedule, and at once when somebody waits for it. Both write messages to one queue.

use crate::{
    gauges::Gauges,
    home::Home,
    nudge::{QueueNudge, Tasks},
    records, settings, time,
};
use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use psa_bridge_backfill::{Schedule, Task};
use psa_bridge_connections::ConnectionsState;
use psa_bridge_core::{
    ports::{Mail, MailError, Mailer, RouteNudge},
    usecases::{backfill::Backfill, notify::Notify},
};
use psa_bridge_mappings::Mappings;
use psa_connector::{SystemRandom, transport::Deadline};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Kept beyond the last answer of a PSA to write down what came of it; less than [`time::TO_FINISH`].
const TO_WRITE: Duration = Duration::from_secs(2);

/// What the function works with.
#[derive(Clone)]
struct Work {
    schedule: Schedule,
    stack: String,
    /// Asked for what there was no time for.
    tasks: QueueNudge,
}

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open();
    let (schedule, deadline) = (schedule(&home)?, home.deadline());
    let stack = home.env().optional("AWS__STACK").unwrap_or("psa-bridge").to_owned();
    let work = Work { schedule, stack, tasks: home.nudge()? };
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| {
        let (work, deadline) = (work.clone(), deadline.clone());
        async move { Ok::<_, Error>(handle(&work, &deadline, event.payload, &event.context).await) }
    }))
    .await
}

fn schedule(home: &Home) -> Result<Schedule, Error> {
    let (store, vault, bell) = (home.store()?, home.vault()?, home.bell()?);
    let connectors = home.connectors(&store, &vault)?;
    // What these ask for is written down, and the next task or message finds it.
    let nudge: Arc<dyn RouteNudge> = Arc::new(Unneeded);
    Ok(Schedule {
        backfill: Backfill {
            store: Arc::clone(&store),
            bell: Arc::clone(&bell),
            clock: home.clock(),
            plan: settings::backfill_plan(home.env())?,
        },
        mappings: Mappings {
            store: Arc::clone(&store),
            connectors: Arc::clone(&connectors),
            nudge: Arc::clone(&nudge),
            clock: home.clock(),
        },
        connections: ConnectionsState {
            store: Arc::clone(&store),
            vault,
            connectors,
            bell,
            nudge,
            clock: home.clock(),
            random: Arc::new(SystemRandom),
        },
        notify: Notify {
            store,
            mailer: home.mailer()?.unwrap_or_else(|| Arc::new(NoSender)),
            webhook: Some(home.receiver()?),
            clock: home.clock(),
            mail_retries: settings::mail_retries(home.env())?,
            portal: home.env().optional("MAIL__PORTAL_URL").map(str::to_owned),
            stopping: CancellationToken::new(),
        },
    })
}

async fn handle(work: &Work, deadline: &Deadline, batch: SqsEvent, context: &Context) -> SqsBatchResponse {
    let until = time::last_answer(context);
    deadline.set(until);
    records::each(batch, |message| run_all(work.clone(), message.body, until)).await
}

/// Runs the tasks of a message, the next one also where one failed. What has no time left is asked for anew: the rest of a
/// task by a message of its own, so that it does not hold up those behind it.
async fn run_all(work: Work, body: String, until: Timestamp) -> Result<(), String> {
    let asked: Tasks = serde_json::from_str(&body).map_err(|error| format!("no tasks: {error}"))?;
    let mut after = asked.after;
    let mut outcome = Ok(());
    let mut tasks = asked.tasks.into_iter();
    while let Some(task) = tasks.next() {
        let problem = match work.run(task, after.take().as_deref(), until).await {
            Ok(None) => continue,
            Ok(Some(next)) => {
                for rest in rest(task, next, tasks.by_ref()) {
                    work.tasks.ask(&rest).await?;
                }
                return outcome;
            }
            Err(problem) => problem,
        };
        warn!(?task, problem, "A task of the schedule did not end");
        if comes_rarely(task) {
            outcome = Err(format!("{task:?}: {problem}"));
        }
    }
    outcome
}

/// What is to be asked for where a task has to go on later: it from there, and by another message what follows it.
fn rest(task: Task, next: String, behind: impl Iterator<Item = Task>) -> Vec<Tasks> {
    let behind: Vec<Task> = behind.collect();
    let mut rest = vec![Tasks { tasks: vec![task], after: Some(next) }];
    if !behind.is_empty() {
        rest.push(Tasks { tasks: behind, after: None });
    }
    rest
}

impl Work {
    /// Runs a task. Where it goes on, if there was no time for all of it.
    async fn run(&self, task: Task, after: Option<&str>, until: Timestamp) -> Result<Option<String>, String> {
        let left = until.duration_since(self.schedule.backfill.clock.now());
        // What is being asked of PSAs then is cut off at the end, and still has to be written down.
        let leg_until = until.saturating_sub(left / 3).unwrap_or(Timestamp::MIN);
        let longest = Duration::try_from(left).unwrap_or_default() + TO_WRITE;
        let leg = psa_bridge_backfill::run_leg(&self.schedule, task, after, leg_until);
        // Every part of the schedule can be cut off anywhere: the next run takes it up.
        let leg = match tokio::time::timeout(longest, leg).await {
            Ok(leg) => leg.map_err(|error| error.to_string())?,
            Err(_) => return Err("there was no time to end it".to_owned()),
        };
        if task == Task::Recent {
            tell_how_it_goes(&self.schedule, &self.stack).await;
        }
        Ok(leg.next)
    }
}

/// For alarms and the dashboard. Where it cannot be told, the next time may do.
async fn tell_how_it_goes(schedule: &Schedule, stack: &str) {
    let Backfill { store, clock, .. } = &schedule.backfill;
    match Gauges::read(store.as_ref()).await {
        Ok(gauges) => gauges.write(stack, clock.now()),
        Err(error) => warn!(%error, "The gauges cannot be read"),
    }
}

/// Whether a task is worth another try soon: what comes every few minutes comes again by itself.
fn comes_rarely(task: Task) -> bool {
    match task {
        Task::Daily | Task::Clients | Task::Settings => true,
        Task::Requests | Task::Sweep | Task::Recent | Task::Mails | Task::Webhook => false,
    }
}

/// A nudge where nobody waits.
struct Unneeded;

impl RouteNudge for Unneeded {
    fn nudge(&self) {}
}

/// Where no sender is configured, mails are given up in the open.
struct NoSender;

#[async_trait]
impl Mailer for NoSender {
    async fn send(&self, _: &Mail) -> Result<(), MailError> {
        Err(MailError::Refused("no sender is configured: see the parameter MailFrom".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_tasks_as_the_schedule_writes_them() {
        let tasks: Tasks = serde_json::from_str(r#"{"tasks":["requests","sweep","daily"]}"#).unwrap();
        assert_eq!(tasks.tasks, [Task::Requests, Task::Sweep, Task::Daily]);
        assert_eq!(tasks.after, None);
        assert!(serde_json::from_str::<Tasks>(r#"{"tasks":["dance"]}"#).is_err());
    }

    #[test]
    fn what_goes_on_later_does_not_hold_up_what_follows_it() {
        let rest = rest(Task::Clients, "there".to_owned(), [Task::Settings].into_iter());
        let asked: Vec<String> = rest.iter().map(|tasks| serde_json::to_string(tasks).unwrap()).collect();
        assert_eq!(asked, [r#"{"tasks":["clients"],"after":"there"}"#, r#"{"tasks":["settings"]}"#]);
    }

    #[tokio::test]
    async fn without_a_sender_a_mail_is_given_up() {
        let mail = Mail {
            id: "ntc_1".parse().unwrap(),
            date: Timestamp::UNIX_EPOCH,
            to: "noc@example.com".to_owned(),
            subject: String::new(),
            text: String::new(),
        };
        assert!(matches!(NoSender.send(&mail).await, Err(MailError::Refused(_))));
    }
}
