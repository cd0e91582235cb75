//! What an MSP configures: ticket types, statuses, SLAs and priorities, teams, categories, lists, outcomes, workflows,
//! custom fields; and who is asking. Full objects as far as clients are known to read them.

use http::Method;
use serde_json::{Value, json};

use super::call::Call;
use super::lists::{configuration, record};
use crate::halopsa::access::LoginType;
use crate::halopsa::switches::AgentMeShape;
use crate::halopsa::tenant::{Priority, Sla, Status, TicketType};
use crate::halopsa::world::World;
use crate::server::Reply;

/// Reads a list or a single record.
pub fn read(world: &World, call: &Call) -> Result<Reply, Reply> {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let known = matches!(
        path.as_slice(),
        ["tickettype" | "sla" | "workflow", _]
            | ["agent", "me"]
            | ["tickettype"
                | "sla"
                | "status"
                | "priority"
                | "team"
                | "category"
                | "lookup"
                | "outcome"
                | "fieldinfo"
                | "agent"]
    );
    if !known {
        return Err(Reply::not_found());
    }
    if call.method != Method::GET {
        return Err(Reply::method_not_allowed());
    }
    if path == ["agent", "me"] {
        return Ok(agent_me(world, call));
    }
    if call.session.login_type != LoginType::Agent {
        return Err(Reply::forbidden());
    }
    let switches = &world.switches;
    let tenant = &world.tenant;
    match path.as_slice() {
        ["tickettype"] => Ok(configuration(switches, "tickettypes", ticket_types(world, call))),
        ["tickettype", _] => {
            let kind = tenant.ticket_type(call.id()?).ok_or_else(Reply::not_found)?;
            Ok(record(switches, "tickettypes", ticket_type(world, kind)))
        }
        ["sla"] => {
            let with_priorities = call.parameters.flag("showpriorities");
            let slas = tenant.slas.iter().map(|kind| sla(kind, with_priorities)).collect();
            Ok(configuration(switches, "slas", slas))
        }
        ["sla", _] => {
            let kind = tenant.sla(call.id()?).ok_or_else(Reply::not_found)?;
            Ok(record(switches, "slas", sla(kind, true)))
        }
        ["workflow", _] => workflow(world, call),
        ["priority"] => Ok(configuration(switches, "priorities", priorities(world, call)?)),
        ["status"] => Ok(configuration(switches, "statuses", statuses(world, call))),
        ["lookup"] => Ok(configuration(switches, "lookups", lookups(world, call)?)),
        ["category"] => Ok(configuration(switches, "categories", categories(world, call)?)),
        _ => Ok(plain_list(world, path.first().copied().unwrap_or_default())),
    }
}

fn plain_list(world: &World, name: &str) -> Reply {
    let tenant = &world.tenant;
    let (name, rows) = match name {
        "team" => ("teams", tenant.teams.iter().map(|team| json!({
            "id": team.id, "guid": guid(3, team.id), "name": team.name, "sequence": team.id, "forrequests": true,
            "foropps": false, "forprojects": false, "department_id": 1, "department_name": "Service Desk",
            "inactive": false, "ticket_count": 0
        })).collect()),
        "outcome" => ("outcomes", tenant.outcomes.iter().map(|outcome| json!({
            "id": outcome.id, "guid": guid(4, outcome.id), "outcome": outcome.name, "buttonname": outcome.name,
            "labellong": outcome.name, "sequence": outcome.id, "hidden": false, "systemid": 0,
            "hidefromuser": outcome.hidden_from_user, "newstatus": outcome.new_status
        })).collect()),
        "agent" => ("agents", tenant.agents.iter().map(|agent| json!({
            "id": agent.id, "name": agent.name, "isdisabled": false, "team": "1st Line Support"
        })).collect()),
        _ => ("fields", tenant.custom_fields.iter().map(|field| json!({
            "id": field.id, "guid": guid(5, field.id), "name": field.name, "label": field.label,
            "type": if field.values.is_empty() { 0 } else { 2 }, "custom": 1, "usage": 1, "inputtype": 0,
            "characterlimit": 0, "mandatory": false, "readonly": false,
            "values": field.values.iter().enumerate().map(|(index, value)| json!({ "id": index + 1, "name": value })).collect::<Vec<_>>()
        })).collect::<Vec<Value>>()),
    };
    configuration(&world.switches, name, rows)
}

fn guid(kind: i64, id: i64) -> String {
    format!("{kind:08}-0000-4000-8000-{id:012}")
}

fn ticket_types(world: &World, call: &Call) -> Vec<Value> {
    let creatable = call.parameters.flag("can_create_only");
    let inactive = call.parameters.flag("showinactive") || call.parameters.flag("showall");
    let rights = &call.session.agent.rights;
    let kinds = world.tenant.ticket_types.iter();
    kinds
        .filter(|kind| rights.ticket_types.contains(kind.id) && (inactive || !kind.inactive))
        .filter(|kind| !creatable || kind.can_create)
        .map(|kind| ticket_type(world, kind))
        .collect()
}

fn ticket_type(world: &World, kind: &TicketType) -> Value {
    let fields: Vec<Value> = kind
        .mandatory
        .iter()
        .map(|name| {
            let field = world.tenant.custom_fields.iter().find(|field| field.name == *name);
            json!({
                "fieldid": field.map_or(0, |field| field.id), "name": name,
                "label": field.map_or(name.as_str(), |field| &field.label), "mandatory": true, "techmandatory": true
            })
        })
        .collect();
    json!({
        "id": kind.id, "guid": guid(1, kind.id), "name": kind.name, "use": "tickets", "sequence": kind.id,
        "group_id": 0, "group_name": "", "default_sla": kind.default_sla, "default_priority": kind.default_priority,
        "default_team": kind.default_team, "workflow_id": kind.workflow_id, "initial_status": kind.initial_status,
        "cancreate": kind.can_create, "agentscanselect": kind.can_create, "enduserscanselect": true,
        "visible": true, "inactive": kind.inactive, "itilrequesttype": 1, "allowattachments": true,
        "hasmandatorytechfields": !kind.mandatory.is_empty(), "hasmandatoryuserfields": false,
        "allowall_status": true, "allowall_actions": kind.workflow_id == 0, "ticket_count": 0, "fields": fields
    })
}

fn priority(sla: &Sla, priority: &Priority) -> Value {
    json!({
        "id": priority.guid, "slaid": sla.id, "priorityid": priority.priority_id, "name": priority.name,
        "responsetime": priority.response_hours, "responseunits": "H", "fixtime": priority.fix_hours,
        "fixunits": "H", "ishidden": priority.hidden, "colour": "#f39c12", "workdaysoverride": 0
    })
}

fn priorities(world: &World, call: &Call) -> Result<Vec<Value>, Reply> {
    let wanted = call.parameters.number("slaid")?;
    let slas = world.tenant.slas.iter().filter(|sla| wanted.is_none_or(|wanted| wanted == sla.id));
    Ok(slas.flat_map(|sla| sla.priorities.iter().map(|one| priority(sla, one))).collect())
}

fn sla(sla: &Sla, with_priorities: bool) -> Value {
    let mut view = json!({
        "id": sla.id, "guid": guid(2, sla.id), "name": sla.name, "hoursaretechslocaltime": false, "workday_id": 1,
        "responsereset": false, "trackslafixbytime": true, "trackslaresponsetime": true
    });
    if with_priorities {
        view["priorities"] = sla.priorities.iter().map(|one| priority(sla, one)).collect();
    }
    view
}

fn statuses(world: &World, call: &Call) -> Vec<Value> {
    let open_only = call.parameters.flag("excludeclosed");
    let statuses = world.tenant.statuses.iter().filter(|status| !(open_only && status.closed));
    statuses.map(status).collect()
}

/// What the numbers of `type` mean is not published; here 1 marks the closed ones.
fn status(status: &Status) -> Value {
    json!({
        "id": status.id, "guid": guid(6, status.id), "name": status.name, "shortname": status.name,
        "type": i32::from(status.closed), "sequence": status.id, "colour": "#3498db",
        "slaaction": if status.closed { "none" } else { "removehold" }, "showonquickchange": true, "ticket_count": 0
    })
}

fn lookups(world: &World, call: &Call) -> Result<Vec<Value>, Reply> {
    let wanted = call.parameters.number("lookupid")?;
    let values =
        world.tenant.lookups.iter().filter(|value| wanted.is_none_or(|wanted| wanted == value.lookup_id));
    Ok(values
        .map(|value| json!({ "lookupid": value.lookup_id, "id": value.id, "name": value.name, "sequence": value.id, "inactive": false }))
        .collect())
}

fn categories(world: &World, call: &Call) -> Result<Vec<Value>, Reply> {
    let wanted = call.parameters.number("type_id")?;
    let values =
        world.tenant.categories.iter().filter(|value| wanted.is_none_or(|wanted| wanted == value.type_id));
    Ok(values
        .map(|value| {
            json!({
                "id": value.id, "guid": guid(7, value.id), "type_id": value.type_id, "value": value.value,
                "category_name": value.value, "sla_id": 0, "priority_id": 0
            })
        })
        .collect())
}

fn workflow(world: &World, call: &Call) -> Result<Reply, Reply> {
    let id = call.id()?;
    let flow = world.tenant.workflows.iter().find(|flow| flow.id == id).ok_or_else(Reply::not_found)?;
    let actions: Vec<Value> = flow.outcomes.iter().map(|outcome| json!({ "action_id": outcome })).collect();
    let view = json!({
        "id": flow.id, "name": flow.name, "active": true, "steps": [{ "id": 1, "name": flow.name, "actions": actions }]
    });
    Ok(record(&world.switches, "workflows", view))
}

/// Two live reports disagree on the shape; the claims' types are not published.
fn agent_me(world: &World, call: &Call) -> Reply {
    let agent = &call.session.agent;
    match world.switches.agent_me {
        AgentMeShape::Record => Reply::ok(&json!({
            "id": agent.id, "name": agent.name, "email": "", "isagent": true, "is_agent": true, "isdisabled": false
        })),
        AgentMeShape::Claims => Reply::ok(&json!({ "claims": [
            { "type": "name", "value": agent.name },
            { "type": "agent_id", "value": agent.id.to_string() },
            { "type": "scope", "value": call.session.scopes.join(" ") }
        ]})),
    }
}
