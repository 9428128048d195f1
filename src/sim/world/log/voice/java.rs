//! Java with Spring Boot: plain text, a stack trace in one event with what it belongs to.

use fastrand::Rng;

use super::request::{Outcome, Request};
use super::{Script, Speaker, iso, word};

fn line(at: i64, level: &str, thread: &str, logger: &str, text: &str) -> String {
    format!("{} {level:>5} 1 --- [{thread:>15}] {logger:<40} : {text}", iso(at))
}

/// `payments-api` gives `PaymentsApi`.
fn class(service: &str) -> String {
    let capital = |part: &str| part.chars().take(1).flat_map(char::to_uppercase).chain(part.chars().skip(1)).collect();
    service.split('-').map(|part| -> String { capital(part) }).collect()
}

pub(super) fn start(speaker: &Speaker<'_>, from: i64) -> Script {
    let class = class(speaker.service);
    let (version, commit, port) = (speaker.version(), speaker.commit(), speaker.port);
    let logger = format!("example.harbor.{class}Application");
    let say = |after: i64, logger: &str, text: String| (after, line(from + after, "INFO", "main", logger, &text));
    vec![
        (
            900,
            "  .   ____          _            __ _ _\n /\\\\ / ___'_ __ _ _(_)_ __  __ _ \\ \\ \\ \\\n( ( )\\___ \
             | '_ | '_| | '_ \\/ _` | \\ \\ \\ \\\n \\\\/  ___)| |_)| | | | | || (_| |  ) ) ) )\n  '  |____| .__|_| \
             |_|_| |_\\__, | / / / /\n =========|_|==============|___/=/_/_/_/\n\n :: Spring Boot ::                \
             (v3.3.5)"
                .into(),
        ),
        say(1_000, &logger, format!("Starting {class}Application {version} ({commit}) using Java 21.0.5 with PID 1")),
        say(1_010, &logger, "The following 1 profile is active: \"production\"".into()),
        say(4_800, "o.s.b.w.embedded.tomcat.TomcatWebServer", format!("Tomcat initialized with port {port} (http)")),
        say(6_100, "com.zaxxer.hikari.HikariDataSource", "HikariPool-1 - Start completed.".into()),
        say(
            9_200,
            "o.s.b.w.embedded.tomcat.TomcatWebServer",
            format!(
                "Tomcat started on port {port} (http) with \
                 context path '/'"
            ),
        ),
        say(9_300, &logger, format!("Started {class}Application in 8.912 seconds (process running for 9.3)")),
    ]
}

pub(super) fn stop(_: &Speaker<'_>, told: i64) -> Script {
    let hook = "ionShutdownHook";
    let say = |after: i64, logger: &str, text: &str| (after, line(told + after, "INFO", hook, logger, text));
    vec![
        say(
            20,
            "o.s.b.w.e.tomcat.GracefulShutdown",
            "Commencing graceful shutdown. Waiting for active requests to complete",
        ),
        say(700, "o.s.b.w.e.tomcat.GracefulShutdown", "Graceful shutdown complete"),
        say(760, "com.zaxxer.hikari.HikariDataSource", "HikariPool-1 - Shutdown initiated..."),
        say(790, "com.zaxxer.hikari.HikariDataSource", "HikariPool-1 - Shutdown completed."),
    ]
}

pub(super) fn last_words(speaker: &Speaker<'_>, exit: i64) -> Script {
    let (class, key) = (class(speaker.service), format!("{}.ledger.endpoint", speaker.service));
    let text = format!(
        "Application run failed\n\norg.springframework.beans.factory.BeanCreationException: Error creating bean \
         with name \
         'ledgerClient': Injection of autowired dependencies failed\n\tat org.springframework.beans.factory.annotation.\
         AutowiredAnnotationBeanPostProcessor.postProcessProperties(AutowiredAnnotationBeanPostProcessor.java:515)\n\tat \
         org.springframework.beans.factory.support.AbstractAutowireCapableBeanFactory.populateBean\
         (AbstractAutowireCapableBeanFactory.java:1439)\n\tat org.springframework.boot.SpringApplication.run\
         (SpringApplication.java:335)\n\tat example.harbor.{class}Application.main({class}Application.java:18)\nCaused by: \
         java.lang.IllegalArgumentException: Could not resolve placeholder '{key}' in value \"${{{key}}}\"\n\tat \
         org.springframework.util.PropertyPlaceholderHelper.parseStringValue(PropertyPlaceholderHelper.java:180)\n\t... 27 \
         more"
    );
    let fatal = format!("FATAL: {key} is not set; revision {} needs it. Exiting with code 1", speaker.revision);
    let logger = "o.s.boot.SpringApplication";
    vec![(90, line(exit - 90, "ERROR", "main", logger, &text)), (30, line(exit - 30, "FATAL", "main", logger, &fatal))]
}

pub(super) fn work(speaker: &Speaker<'_>, rng: &mut Rng, at: i64, request: &Request) -> Vec<String> {
    let thread = format!("nio-{}-exec-{}", speaker.port, rng.u32(1..40));
    let Request { method, path, status, took, trace, .. } = request;
    if request.check {
        let (level, text) = if *status == 200 {
            ("DEBUG", "health UP")
        } else {
            ("WARN", "health OUT_OF_SERVICE: db: no connection in 5 s")
        };
        return vec![line(at, level, &thread, "o.s.b.a.health.HealthEndpoint", text)];
    }
    let text = format!("{method} {path} -> {status} in {took:.0} ms [trace={trace}]");
    let logger = "e.h.web.RequestLogger";
    match request.outcome {
        Outcome::Fine => vec![line(at, "INFO", &thread, logger, &text)],
        Outcome::Odd => {
            let words = [
                "Thread starvation or clock leap detected (housekeeper delta=47s213ms)",
                "Retrying payments-api after 429, attempt 2 of 3",
                "Cart has an item that the catalogue no longer sells; leaving it out",
                "Connection is not available, request waited 2013ms for one",
            ];
            vec![line(at, "WARN", &thread, logger, &format!("{} [trace={trace}]", word(rng, &words)))]
        }
        Outcome::Failed => vec![line(at, "ERROR", &thread, logger, &format!("{text}\n{}", trace_of(rng)))],
    }
}

fn trace_of(rng: &mut Rng) -> &'static str {
    const TRACES: [&str; 3] = [
        "java.net.SocketTimeoutException: Read timed out\n\tat \
         java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)\n\tat \
         java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:304)\n\tat \
         okhttp3.internal.connection.RealCall.execute(RealCall.kt:154)\n\tat \
         example.harbor.payments.PaymentsClient.authorise(PaymentsClient.java:73)\n\tat \
         example.harbor.checkout.CheckoutService.place(CheckoutService.java:141)\n\tat \
         java.base/java.lang.VirtualThread.run(VirtualThread.java:329)",
        "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out \
         after 5000ms\n\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)\n\tat \
         com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)\n\tat \
         example.harbor.store.Carts.load(Carts.java:58)\n\t... 41 common frames omitted",
        "java.lang.NullPointerException: Cannot invoke \"example.harbor.catalog.Price.amount()\" because \"price\" \
         is null\n\tat example.harbor.checkout.Totals.of(Totals.java:44)\n\tat \
         example.harbor.checkout.CheckoutService.place(CheckoutService.java:129)\nCaused by: \
         example.harbor.catalog.UnknownSku: no price for SKU 88-1042\n\tat \
         example.harbor.catalog.CatalogClient.price(CatalogClient.java:90)\n\t... 12 more",
    ];
    word(rng, &TRACES)
}
