//! `entityInformation`: what can be done with an entity, its fields, its user-defined fields.

use http::Method;
use serde_json::{Value, json};

use super::call::Call;
use super::reply::{no_such_method, no_such_route};
use crate::autotask::schema::{Entity, Field};
use crate::autotask::switches::AccessShape;
use crate::autotask::tenant::{PicklistValue, Right, UserDefinedField};
use crate::autotask::world::World;
use crate::server::Reply;

pub fn answer(world: &World, call: &Call, entity: Entity, what: &[&str]) -> Result<Reply, Reply> {
    if call.method != Method::GET {
        return Err(no_such_method(&call.method));
    }
    let body = match what {
        [] => json!({ "info": information(world, call, entity) }),
        ["fields"] => {
            let fields = entity.schema().fields.iter();
            json!({ "fields": fields.map(|one| field(world, entity, one)).collect::<Vec<_>>() })
        }
        ["userdefinedfields"] => {
            let fields: Vec<Value> = if entity == Entity::Tickets {
                world.tenant.user_defined_fields.iter().map(user_defined_field).collect()
            } else {
                Vec::new()
            };
            json!({ "fields": fields })
        }
        _ => return Err(no_such_route()),
    };
    Ok(Reply::ok(&body))
}

fn information(world: &World, call: &Call, entity: Entity) -> Value {
    let rights = call.user.rights_at(entity);
    let access = |what: &str, right: Right| {
        let right = if entity.can(what) { right } else { Right::None };
        match world.switches.access_shape {
            AccessShape::Text => json!(right),
            AccessShape::Number => json!(match right {
                Right::None => 0,
                Right::All => 1,
                Right::Restricted => 2,
            }),
        }
    };
    json!({
        "name": entity.name(),
        "canCreate": entity.can("create"), "canDelete": false, "canQuery": entity.can("query"),
        "canUpdate": entity.can("update"),
        "userAccessForCreate": access("create", rights.create),
        "userAccessForDelete": access("delete", Right::None),
        "userAccessForQuery": access("query", rights.query),
        "userAccessForUpdate": access("update", rights.update),
        "hasUserDefinedFields": entity == Entity::Tickets,
        "supportsWebhookCallouts":
            matches!(entity, Entity::Tickets | Entity::TicketNotes | Entity::Companies | Entity::Contacts)
    })
}

fn field(world: &World, entity: Entity, field: &Field) -> Value {
    let values = field.picklist.then(|| picklist_values(&world.tenant.picklist(entity.path(), field.name)));
    json!({
        "name": field.name, "dataType": field.kind.name(), "length": field.length,
        "isRequired": field.required, "isReadOnly": field.read_only, "isQueryable": field.queryable,
        "isReference": !field.refers_to.is_empty(), "referenceEntityType": field.refers_to,
        "isPickList": field.picklist, "picklistValues": values, "picklistParentValueField": field.parent,
        "isSupportedWebhookField": !field.read_only
    })
}

/// The numbers are written as texts, an absent parent as an empty one.
fn picklist_values(values: &[PicklistValue]) -> Vec<Value> {
    let values = (1..).zip(values);
    values
        .map(|(sort_order, value)| {
            json!({
                "value": value.value.to_string(), "label": value.label, "isDefaultValue": value.default,
                "sortOrder": sort_order, "parentValue": value.parent.map_or(String::new(), |parent| parent.to_string()),
                "isActive": value.active, "isSystem": value.system
            })
        })
        .collect()
}

fn user_defined_field(field: &UserDefinedField) -> Value {
    let is_list = !field.values.is_empty();
    json!({
        "name": field.name, "label": field.name, "type": field.kind, "length": field.length, "description": "",
        "isRequired": field.required, "isReadOnly": false, "isQueryable": true, "isReference": false,
        "referenceEntityType": "", "isPickList": is_list,
        "picklistValues": is_list.then(|| picklist_values(&field.values)), "picklistParentValueField": "",
        "defaultValue": null, "isSupportedWebhookField": false
    })
}
