<?php

declare(strict_types=1);

namespace Weather;

use Predis\Client;

final class Readings
{
    private Client $redis;

    public function __construct(string $dsn)
    {
        $this->redis = new Client($dsn);
    }

    /** @return list<string> */
    public function latest(string $place): array
    {
        return $this->redis->lrange("readings:$place", 0, 9);
    }
}
