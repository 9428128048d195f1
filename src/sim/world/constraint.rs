//! Placement constraints
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html>): rules that hold when a
//! task is placed. A task that runs is not moved when its instance no longer keeps one.

use super::World;
use super::expression::Expression;
use super::instance::{ContainerInstance, Instance};
use super::place::{Misfit, misfit};
use super::task::TaskDefinition;

/// A placement constraint.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// What it says; `None`: each task on an instance of its own.
    member_of: Option<(String, Expression)>,
}

impl Constraint {
    /// No two tasks of a service on one instance.
    #[must_use]
    pub fn distinct() -> Self {
        Self { member_of: None }
    }

    /// Instances that an expression of the cluster query language means.
    ///
    /// # Errors
    /// That it is none.
    pub fn member_of(text: &str) -> Result<Self, String> {
        Ok(Self { member_of: Some((text.to_owned(), Expression::parse(text)?)) })
    }

    /// The expression's text; nothing where each task is to have an instance of its own.
    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        self.member_of.as_ref().map(|(text, _)| text.as_str())
    }

    fn broken(&self, world: &World, instance: &Instance, service: Option<&str>) -> Option<Misfit> {
        let container = instance.container.as_ref()?;
        match &self.member_of {
            Some((_, expression)) => (!expression.holds(world, instance, container)).then_some(Misfit::NotMember),
            None => service.is_some_and(|name| container.by_service.contains_key(name)).then_some(Misfit::NotDistinct),
        }
    }
}

impl World {
    /// Why an instance cannot take a task of `definition` for a service now, by the service's constraints, those of the
    /// definition, and what there is.
    pub(crate) fn unsuitable(
        &self,
        instance: &Instance,
        container: &ContainerInstance,
        definition: &TaskDefinition,
        service: Option<&str>,
    ) -> Option<Misfit> {
        let given = service.and_then(|name| self.services.get(name)).map_or(&[][..], |service| &service.constraints);
        let broken = given.iter().chain(&definition.constraints).find_map(|one| one.broken(self, instance, service));
        broken.or_else(|| misfit(container, definition))
    }
}
