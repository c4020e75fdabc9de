"""The set-ups of OpenTelemetry's SDKs; {{service}} stands for the application's name."""

PYTHON = '''\
"""Sends traces and metrics of this process by OTLP."""

import os

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def set_up() -> None:
    """Call this once in each process, before the application is made."""
    name = os.environ.get("OTEL_SERVICE_NAME", "{{service}}")
    resource = Resource.create({"service.name": name})
    # The exporters read OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.
    tracer_provider = TracerProvider(resource=resource)
    tracer_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(tracer_provider)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=[reader]))
'''
NODE = """\
import { getNodeAutoInstrumentations } from "@opentelemetry/auto-instrumentations-node";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { NodeSDK } from "@opentelemetry/sdk-node";

// The exporter reads OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.
const sdk = new NodeSDK({
  serviceName: process.env.OTEL_SERVICE_NAME ?? "{{service}}",
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [getNodeAutoInstrumentations()],
});
sdk.start();

/** Sends what is left; call it where the application ends. */
export const shutdown = () => sdk.shutdown();
"""
GO = """\
// Package telemetry sends the traces of this process by OTLP.
package telemetry

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// Start sets the provider of traces; call what it returns when the process ends.
func Start(ctx context.Context) (func(context.Context) error, error) {
	// It reads OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	// The last one wins: OTEL_SERVICE_NAME comes before the name that is written here.
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "{{service}}")),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, err
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(
		propagation.TraceContext{}, propagation.Baggage{},
	))
	return provider.Shutdown, nil
}
"""
JAVA = """\
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.Map;

/** Sends traces, metrics and logs of this process by OTLP. */
public final class Telemetry {
  private Telemetry() {}

  /** Call this once, before anything is traced; what is left is sent when the process ends. */
  public static OpenTelemetry start() {
    // OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT and the others come before these values.
    Map<String, String> usual =
        Map.of("otel.service.name", "{{service}}", "otel.exporter.otlp.protocol", "http/protobuf");
    return AutoConfiguredOpenTelemetrySdk.builder()
        .addPropertiesSupplier(() -> usual)
        .setResultAsGlobal()
        .build()
        .getOpenTelemetrySdk();
  }
}
"""
RUBY = """\
require "opentelemetry/sdk"
require "opentelemetry/exporter/otlp"
require "opentelemetry/instrumentation/all"

# The exporter reads OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.
OpenTelemetry::SDK.configure do |config|
  config.service_name = ENV.fetch("OTEL_SERVICE_NAME", "{{service}}")
  config.use_all
end
"""
PHP = """\
declare(strict_types=1);

use OpenTelemetry\\API\\Trace\\Propagation\\TraceContextPropagator;
use OpenTelemetry\\Contrib\\Otlp\\SpanExporterFactory;
use OpenTelemetry\\SDK\\Common\\Attribute\\Attributes;
use OpenTelemetry\\SDK\\Resource\\ResourceInfo;
use OpenTelemetry\\SDK\\Resource\\ResourceInfoFactory;
use OpenTelemetry\\SDK\\Sdk;
use OpenTelemetry\\SDK\\Trace\\SpanProcessor\\BatchSpanProcessorBuilder;
use OpenTelemetry\\SDK\\Trace\\TracerProvider;

$name = getenv('OTEL_SERVICE_NAME') ?: '{{service}}';
$named = ResourceInfo::create(Attributes::create(['service.name' => $name]));
// It reads OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.
$exporter = (new SpanExporterFactory())->create();
$provider = TracerProvider::builder()
    ->addSpanProcessor((new BatchSpanProcessorBuilder($exporter))->build())
    ->setResource(ResourceInfoFactory::defaultResource()->merge($named))
    ->build();
Sdk::builder()
    ->setTracerProvider($provider)
    ->setPropagator(TraceContextPropagator::getInstance())
    ->setAutoShutdown(true)
    ->buildAndRegisterGlobal();
"""
DOTNET = """\
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

/// <summary>Sends traces and metrics of this process by OTLP.</summary>
public static class Telemetry
{
    /// <summary>Call this where the services of the application are added.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services)
    {
        var name = Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") ?? "{{service}}";
        // It reads OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL and …_HEADERS.
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(name))
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
        return services;
    }
}
"""
RUST = """\
use std::error::Error;

use opentelemetry::global;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::Resource;

/// Sets the provider of traces; call `shutdown` on it when the process ends.
pub fn start() -> Result<SdkTracerProvider, Box<dyn Error + Send + Sync>> {
    let name = std::env::var("OTEL_SERVICE_NAME").unwrap_or_else(|_| "{{service}}".to_owned());
    // It reads OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS.
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name(name).build())
        .build();
    global::set_tracer_provider(provider.clone());
    Ok(provider)
}
"""
NGINX = """\
# For the section http of nginx, as a template: its image fills in the variables when it starts.
otel_exporter {
    endpoint ${OTEL_EXPORTER_OTLP_ENDPOINT};
}
otel_service_name ${OTEL_SERVICE_NAME};
otel_trace on;
otel_trace_context propagate;
"""
