//! What runs on a schedule, and at once when somebody waits for it. Both write messages to one queue.

use crate::{gauges::Gauges, home::Home, nudge::Tasks, records, settings, time};
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

/// Runs the function.
pub async fn run() -> Result<(), Error> {
    let home = Home::open().await;
    let (schedule, deadline) = (schedule(&home)?, home.deadline());
    let stack = home.env().optional("AWS__STACK").unwrap_or("psa-bridge").to_owned();
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| {
        let (schedule, stack, deadline) = (schedule.clone(), stack.clone(), deadline.clone());
        async move {
            Ok::<_, Error>(handle(&schedule, &stack, &deadline, event.payload, &event.context).await)
        }
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

async fn handle(
    schedule: &Schedule,
    stack: &str,
    deadline: &Deadline,
    batch: SqsEvent,
    context: &Context,
) -> SqsBatchResponse {
    let until = time::last_answer(context);
    deadline.set(until);
    records::each(batch, |message| run_all(schedule.clone(), stack.to_owned(), message.body, until)).await
}

/// Runs the tasks of a message, the next one also where one failed.
async fn run_all(schedule: Schedule, stack: String, body: String, until: Timestamp) -> Result<(), String> {
    let Tasks { tasks } = serde_json::from_str(&body).map_err(|error| format!("no tasks: {error}"))?;
    let mut outcome = Ok(());
    for task in tasks {
        let left = until.duration_since(schedule.backfill.clock.now());
        let left = Duration::try_from(left).unwrap_or_default();
        // Every part of the schedule can be cut off anywhere: the next run takes it up.
        let problem = match tokio::time::timeout(left, psa_bridge_backfill::run(&schedule, task)).await {
            Ok(Ok(_)) => {
                if task == Task::Recent {
                    tell_how_it_goes(&schedule, &stack).await;
                }
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "there was no time to end it".to_owned(),
        };
        warn!(?task, problem, "A task of the schedule did not end");
        if comes_rarely(task) {
            outcome = Err(format!("{task:?}: {problem}"));
        }
    }
    outcome
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
        assert!(serde_json::from_str::<Tasks>(r#"{"tasks":["dance"]}"#).is_err());
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
