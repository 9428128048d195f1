//! Documents of Systems Manager that the account owns.

use std::sync::Arc;

use jiff::Timestamp;

use super::World;
use crate::sim::runbook::{self, Document};
use crate::sim::stack::{Include, Place, Stack};

/// A document with its text.
#[derive(Debug, Clone)]
pub struct StoredDocument {
    /// Name.
    pub name: String,
    /// The text, as it was given.
    pub content: String,
    /// `YAML` or `JSON`.
    pub format: String,
    /// What the text says.
    pub document: Arc<Document>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Tags by key.
    pub tags: std::collections::BTreeMap<String, String>,
}

/// The fleet's own runbooks.
const FLEET: &[(&str, &str)] = &[
    ("ActivateInstance", include_str!("../../../fleet/runbooks/ActivateInstance.yaml")),
    ("BakeAmi", include_str!("../../../fleet/runbooks/BakeAmi.yaml")),
    ("DrainInstance", include_str!("../../../fleet/runbooks/DrainInstance.yaml")),
    ("EjectInstance", include_str!("../../../fleet/runbooks/EjectInstance.yaml")),
    ("FreezeFleet", include_str!("../../../fleet/runbooks/FreezeFleet.yaml")),
    ("MarkFleet", include_str!("../../../fleet/runbooks/MarkFleet.yaml")),
    ("PromoteAmi", include_str!("../../../fleet/runbooks/PromoteAmi.yaml")),
    ("QuarantineInstance", include_str!("../../../fleet/runbooks/QuarantineInstance.yaml")),
    ("RecycleInstance", include_str!("../../../fleet/runbooks/RecycleInstance.yaml")),
    ("RedeployService", include_str!("../../../fleet/runbooks/RedeployService.yaml")),
    ("RollbackAmi", include_str!("../../../fleet/runbooks/RollbackAmi.yaml")),
    ("RollbackDeployment", include_str!("../../../fleet/runbooks/RollbackDeployment.yaml")),
    ("RolloutFleet", include_str!("../../../fleet/runbooks/RolloutFleet.yaml")),
    ("ScaleService", include_str!("../../../fleet/runbooks/ScaleService.yaml")),
    ("SetFleetCapacity", include_str!("../../../fleet/runbooks/SetFleetCapacity.yaml")),
    ("SilenceAlarm", include_str!("../../../fleet/runbooks/SilenceAlarm.yaml")),
    ("StopTask", include_str!("../../../fleet/runbooks/StopTask.yaml")),
    ("ThawFleet", include_str!("../../../fleet/runbooks/ThawFleet.yaml")),
    ("UnsilenceAlarm", include_str!("../../../fleet/runbooks/UnsilenceAlarm.yaml")),
];

/// The fleet's own runbooks as the template includes them.
pub(crate) fn runbooks() -> Vec<Include> {
    FLEET.iter().map(|(name, text)| (format!("runbooks/{name}.yaml"), *text)).collect()
}

impl World {
    /// Keeps a document under a name that is free.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn keep_document(&mut self, name: &str, content: &str, format: &str) -> Result<(), String> {
        let document = runbook::read(content)?;
        self.check_operations(&document)?;
        let stored = StoredDocument {
            name: name.to_owned(),
            content: content.to_owned(),
            format: format.to_owned(),
            document: Arc::new(document),
            created_at: self.now,
            tags: std::collections::BTreeMap::new(),
        };
        self.documents.insert(name.to_owned(), stored);
        Ok(())
    }

    /// Gives the account the fleet's stack, by whose numbers the ground is laid.
    pub(super) fn read_stack(&mut self) {
        // A test reads the template and each runbook: what is wrong there never gets this far.
        self.stack = Stack::new(&self.place(), &runbooks()).unwrap_or_default();
    }

    /// Keeps the stack's runbooks.
    pub(crate) fn deploy_runbooks(&mut self) {
        for deployed in &self.stack.documents {
            let tags = deployed.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()));
            let kept = runbook::read(&deployed.content).map(|document| StoredDocument {
                name: deployed.name.clone(),
                content: deployed.content.clone(),
                format: deployed.document_format.clone(),
                document: Arc::new(document),
                created_at: self.now,
                tags: tags.collect(),
            });
            if let Ok(document) = kept {
                self.documents.insert(deployed.name.clone(), document);
            }
        }
    }

    /// Where the stack is.
    fn place(&self) -> Place {
        let mut place = Place::new(&self.account, &self.region, &self.cluster);
        let subnets: Vec<&str> = self.zones.iter().map(|zone| zone.subnet_id.as_str()).collect();
        let newest = self.images.values().filter(|image| image.public).max_by_key(|image| image.created_at);
        let image = newest.map(|image| image.id.clone());
        let given = [("Vpc", Some(self.vpc_id.clone())), ("Subnets", Some(subnets.join(","))), ("BaseImage", image)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        place.given.extend(given);
        place
    }
}
