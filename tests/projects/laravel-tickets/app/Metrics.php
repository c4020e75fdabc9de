<?php

namespace App;

use Prometheus\CollectorRegistry;
use Prometheus\RenderTextFormat;

final class Metrics
{
    public static function opened(string $queue): void
    {
        CollectorRegistry::getDefault()
            ->getOrRegisterCounter('tickets', 'opened_total', 'Tickets that were opened.', ['queue'])
            ->inc([$queue]);
    }

    public static function rendered(): string
    {
        return (new RenderTextFormat)->render(CollectorRegistry::getDefault()->getMetricFamilySamples());
    }
}
