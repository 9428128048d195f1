//! Documents of Systems Manager that the account owns.

use std::sync::Arc;

use jiff::Timestamp;

use super::World;
use crate::sim::runbook::{self, Document};

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
const FLEET: [(&str, &str); 15] = [
    ("ActivateInstance", include_str!("../../../fleet/runbooks/ActivateInstance.yaml")),
    ("DrainInstance", include_str!("../../../fleet/runbooks/DrainInstance.yaml")),
    ("FreezeFleet", include_str!("../../../fleet/runbooks/FreezeFleet.yaml")),
    ("MarkFleet", include_str!("../../../fleet/runbooks/MarkFleet.yaml")),
    ("QuarantineInstance", include_str!("../../../fleet/runbooks/QuarantineInstance.yaml")),
    ("RecycleInstance", include_str!("../../../fleet/runbooks/RecycleInstance.yaml")),
    ("RedeployService", include_str!("../../../fleet/runbooks/RedeployService.yaml")),
    ("RollbackDeployment", include_str!("../../../fleet/runbooks/RollbackDeployment.yaml")),
    ("RolloutFleet", include_str!("../../../fleet/runbooks/RolloutFleet.yaml")),
    ("ScaleService", include_str!("../../../fleet/runbooks/ScaleService.yaml")),
    ("SetFleetCapacity", include_str!("../../../fleet/runbooks/SetFleetCapacity.yaml")),
    ("SilenceAlarm", include_str!("../../../fleet/runbooks/SilenceAlarm.yaml")),
    ("StopTask", include_str!("../../../fleet/runbooks/StopTask.yaml")),
    ("ThawFleet", include_str!("../../../fleet/runbooks/ThawFleet.yaml")),
    ("UnsilenceAlarm", include_str!("../../../fleet/runbooks/UnsilenceAlarm.yaml")),
];

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

    /// Gives the account the fleet's own runbooks.
    pub(crate) fn deploy_runbooks(&mut self) {
        for (name, content) in FLEET {
            // A test reads each of them: what is wrong there never gets this far.
            let kept = runbook::read(content).map(|document| StoredDocument {
                name: name.to_owned(),
                content: content.to_owned(),
                format: "YAML".into(),
                document: Arc::new(document),
                created_at: self.now,
                tags: super::owned(&[("quarterdeck:runbook", "standard")]),
            });
            if let Ok(document) = kept {
                self.documents.insert(name.to_owned(), document);
            }
        }
    }
}
