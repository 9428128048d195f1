//! What steps do with AMIs.

use serde_json::{Map, Value, json};

use super::act::{Acted, LOOK, Outcome, done, refused, wrong};
use super::execution::Execution;
use super::selector::{Selector, shown};
use crate::sim::world::World;

impl World {
    /// Makes an AMI, and waits until it is available
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-create.html>).
    pub(super) fn create_image(
        &mut self,
        execution: &mut Execution,
        place: usize,
        inputs: &Map<String, Value>,
    ) -> Acted {
        let made = execution.steps.get(place).and_then(|run| run.outputs.get("ImageId").cloned());
        let image = match made {
            Some(image) => image,
            None => self.image_as_asked(inputs)?,
        };
        if let Some(run) = execution.steps.get_mut(place) {
            run.outputs.insert("ImageId".into(), image.clone());
        }
        let api = "DescribeImages";
        let given = json!({ "ImageIds": [image] });
        let answer = self.call_inside("ec2", api, &given).map_err(|fault| refused("ec2", api, &fault))?;
        let state = Selector::read("$.Images[0].State").map_err(wrong)?.find(&answer).unwrap_or_default();
        match state.as_str().unwrap_or_default() {
            "available" => Ok(Outcome::Done(vec![("ImageId".into(), image), ("ImageState".into(), state)], None)),
            "pending" => Ok(Outcome::Later(LOOK)),
            other => Err(wrong(format!("image {} is {other}", shown(&image)))),
        }
    }

    /// The id of an AMI that is made as a step says.
    fn image_as_asked(&mut self, inputs: &Map<String, Value>) -> Result<Value, Outcome> {
        let names = [
            ("InstanceId", "InstanceId"),
            ("ImageName", "Name"),
            ("ImageDescription", "Description"),
            ("NoReboot", "NoReboot"),
            ("BlockDeviceMappings", "BlockDeviceMappings"),
        ];
        let given = names.iter().filter_map(|(input, member)| {
            let value = inputs.get(*input)?.clone();
            // A parameter of a document is text, whatever it stands for, and a list of one instance stands for that one.
            let value = match (*input, &value) {
                ("NoReboot", Value::String(word)) => json!(word.eq_ignore_ascii_case("true")),
                ("InstanceId", Value::Array(ids)) if ids.len() == 1 => ids.first().cloned().unwrap_or_default(),
                _ => value,
            };
            Some(((*member).to_owned(), value))
        });
        let (api, given) = ("CreateImage", Value::Object(given.collect()));
        let answer = self.call_inside("ec2", api, &given).map_err(|fault| refused("ec2", api, &fault))?;
        Ok(answer["ImageId"].clone())
    }

    /// Takes an AMI away, and the snapshots that belong to it
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-delete.html>).
    pub(super) fn delete_image(&mut self, inputs: &Map<String, Value>) -> Acted {
        let api = "DescribeImages";
        let image = inputs.get("ImageId").cloned().unwrap_or_default();
        let given = json!({ "ImageIds": [image] });
        let answer = self.call_inside("ec2", api, &given).map_err(|fault| refused("ec2", api, &fault))?;
        let held = Selector::read("$.Images[0].BlockDeviceMappings[*].Ebs.SnapshotId").map_err(wrong)?.find(&answer);
        let api = "DeregisterImage";
        self.call_inside("ec2", api, &json!({ "ImageId": image })).map_err(|fault| refused("ec2", api, &fault))?;
        let api = "DeleteSnapshot";
        for snapshot in held.iter().filter_map(Value::as_array).flatten() {
            let given = json!({ "SnapshotId": snapshot });
            self.call_inside("ec2", api, &given).map_err(|fault| refused("ec2", api, &fault))?;
        }
        done()
    }
}
