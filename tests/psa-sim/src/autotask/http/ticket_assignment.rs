//! Who works on a ticket: a queue, or a resource in one of its roles.

use crate::autotask::tenant::Record;
use crate::autotask::world::World;

/// What is wrong with the resource that a ticket is assigned to.
pub fn problems(world: &World, ticket: &Record) -> Option<String> {
    let (resource, role) = (ticket.number("assignedResourceID"), ticket.number("assignedResourceRoleID"));
    let (resource, role) = match (resource, role) {
        (None, None) => return None,
        (Some(resource), Some(role)) => (resource, role),
        _ => {
            return Some(
                "Data violation: When assigning a Resource, you must assign both a assignedResourceID and \
                 assignedResourceRoleID."
                    .to_owned(),
            );
        }
    };
    let is_api_user = world.tenant.api_users.iter().any(|user| user.resource == resource);
    let known = world.tenant.resources.get(&resource).filter(|known| known.active);
    let Some(known) = known.filter(|_| !is_api_user) else {
        return Some(
            "Reference value on field: assignedResourceID of type: Resource does not exist or is invalid."
                .to_owned(),
        );
    };
    (!known.roles.contains(&role)).then(|| {
        "The specified AssignedResourceID and AssignedRoleID combination is not currently defined".to_owned()
    })
}

/// A ticket that would be nobody's.
pub fn nobody(ticket: &Record) -> Option<String> {
    let nobody = ["assignedResourceID", "assignedResourceRoleID", "queueID"]
        .iter()
        .all(|name| ticket.number(name).is_none());
    nobody.then(|| {
        "Data violation: assignedResourceID, assignedResourceRoleID, and queueID cannot all be empty. Supply a \
         queueID or both a assignedResourceID and assignedResourceRoleID.."
            .to_owned()
    })
}
