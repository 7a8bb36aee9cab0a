"""Takes the steps of a plan at both vendors, one request each, and keeps what the operator needs from them.

A second run looks first and does only what is still missing, so whatever ends the first one does no harm.
"""

from collections.abc import Callable, Mapping

from connectors.provisioning import Inventory, Part, Provisioner
from worker.core.provision import Action, ProvisionPlan, Step, find_ids
from worker.core.setup_parts import Inventories, Wish, list_parts

Provisioners = Mapping[str, Provisioner]
Note = Callable[[Step, str], None]
"""Told of each step that is done, with the id of its part."""


def take_inventories(provisioners: Provisioners) -> dict[str, Inventory]:
    """What both vendors hold; raises the VendorProblem of the first that does not tell."""
    return {vendor: provisioner.take_inventory() for vendor, provisioner in provisioners.items()}


def apply_setup(
    plan: ProvisionPlan, wish: Wish, held: Inventories, provisioners: Provisioners, note: Note
) -> dict[str, str]:
    """Makes and changes what the plan says, and returns the ids of all parts by name; raises VendorProblem."""
    ids = find_ids(held)
    for step in plan.pending:
        vendor = provisioners[step.name.partition(".")[0]]
        if step.action is Action.DELETE and step.found is not None:
            vendor.delete(step.found)
        elif step.found is not None:
            vendor.update(step.found.id, _find_part(step.name, wish, held, ids))
        else:
            ids[step.name] = vendor.create(_find_part(step.name, wish, held, ids))
        note(step, ids.get(step.name, ""))
    return ids


def remove_setup(plan: ProvisionPlan, provisioners: Provisioners, note: Note) -> None:
    """Deletes what the plan says; raises VendorProblem."""
    for step in plan.pending:
        if step.found is not None:
            provisioners[step.name.partition(".")[0]].delete(step.found)
            note(step, step.found.id)


def _find_part(name: str, wish: Wish, held: Inventories, ids: Mapping[str, str]) -> Part:
    """Spelled only now, because it may name a part that an earlier step has made."""
    return next(part for part in list_parts(wish, held, ids) if part.name == name)
