//! From exec to a complete view of 50 instances, and the calls that it takes.

use std::time::Duration;

use quarterdeck::aws::{Aws, Settings};
use quarterdeck::fleet::policy::Policy;
use quarterdeck::fleet::scope::Scope;
use quarterdeck::fleet::snapshot::Snapshot;
use quarterdeck::runtime::needs::Extras;
use quarterdeck::runtime::survey::survey;
use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};

use super::server::Server;
use super::table::{Line, median, ms, show_count, show_ms};
use super::terminal::Terminal;

const RUNS: usize = 7;
const LATENCY: Duration = Duration::from_millis(100);
/// What the header says once all of the fleet `fifty` is there: three quarters of the 300 tasks are targets.
const COMPLETE: [&str; 5] = ["Instances 50", "Services 40", "Tasks 300", "Targets 225", "Alarms 200"];
/// The calls that the counted panels are read with; what else is read comes later.
const COUNTED: [&str; 10] = [
    "ListContainerInstances",
    "DescribeContainerInstances",
    "DescribeInstances",
    "DescribeInstanceStatus",
    "ListTasks",
    "DescribeTasks",
    "ListServices",
    "DescribeServices",
    "DescribeTargetHealth",
    "DescribeAlarms",
];

/// Whether the console shows all of the fleet `fifty`.
pub fn complete(screen: &str) -> bool {
    COMPLETE.iter().all(|count| screen.contains(count))
}

/// Measures.
pub fn measure() -> Vec<Line> {
    let view = (0..RUNS).map(|_| {
        // A new account for each run, or its rates would count against the next one.
        let latency = format!("{}ms", LATENCY.as_millis());
        let server = Server::start(&["--scenario", "fifty", "--still", "--latency", &latency]);
        ms(Terminal::on(&server, &[]).wait(complete))
    });
    let mut lines =
        vec![Line::judged("exec to a complete view of 50 instances", 500.0, median(view.collect()), show_ms)];
    lines.extend(calls());
    lines
}

fn calls() -> Vec<Line> {
    let (sim, snapshot) = read();
    let calls = sim.calls();
    let counted = calls.iter().filter(|call| COUNTED.contains(&call.operation.as_str())).count();
    let least = least(&snapshot);
    vec![
        Line::judged(
            format!("calls for it ({counted}) over the least possible ({least})"),
            1.1,
            counted as f64 / least as f64,
            |ratio| format!("{ratio:.2}"),
        ),
        Line::told("calls for what is read later", "", show_count((calls.len() - counted) as f64)),
    ]
}

fn read() -> (Sim, Snapshot) {
    let options = Options { scenario: Scenario::Fifty, still: true, ..Options::default() };
    let scope = Scope { cluster: options.cluster.clone(), region: options.region.clone() };
    let sim = Sim::new(options, Clock::system());
    let settings = Settings {
        region: Some(scope.region.clone()),
        http_client: Some(sim.http_client()),
        credentials: Some(sim.credentials()),
        ..Settings::default()
    };
    let now = settings.clock.clone();
    let fleet = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let aws = Aws::connect(settings).await.expect("the simulated AWS is there");
        survey(&aws, scope, Policy::default(), Extras::default(), &now).await
    });
    (sim, fleet.snapshot().clone())
}

/// Pages and batches of the sizes that AWS allows, one after the other, and one page for what stopped.
fn least(snapshot: &Snapshot) -> usize {
    let instances = snapshot.container_instances.rows.len();
    let machines = snapshot.ec2_instances.rows.len();
    let tasks = snapshot.tasks.rows.len();
    let services = snapshot.services.rows.len();
    let instance_calls = 2 * instances.div_ceil(100);
    // By the ids of the cluster and by the group: an instance that never joined has no id there.
    let machine_calls = machines.div_ceil(200) + 1 + machines.div_ceil(100);
    let task_calls = 2 * tasks.div_ceil(100) + 1;
    let service_calls = services.div_ceil(100) + services.div_ceil(10);
    let target_calls = snapshot.targets.rows.len();
    let alarm_calls = snapshot.alarms.rows.len().div_ceil(100);
    instance_calls + machine_calls + task_calls + service_calls + target_calls + alarm_calls
}
