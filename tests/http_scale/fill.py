"""Fills Redis with the tasks of a large installation, as dispatches and workers would have left them."""
import time

# One call each for a few hundred tasks: none is slow.
READY = """
for i = 1, tonumber(ARGV[2]) do
    local id = ARGV[1] .. '-' .. i
    local entry = redis.call('XADD', KEYS[1], '*', 'v', '1', 'task_id', id, 'agent_type', ARGV[3], 'payload', ARGV[4],
        'priority', '0', 'created_at', ARGV[5], 'retry_count', '0', 'max_retries', '3')
    redis.call('SET', KEYS[2] .. id, '{"state":"ready","at":"' .. string.sub(ARGV[6], 1, 1) .. '/' .. entry .. '"}')
end"""
SCHEDULED = """
for i = 1, tonumber(ARGV[2]) do
    local id = ARGV[1] .. '-' .. i
    redis.call('ZADD', KEYS[1], ARGV[6] + i, id)
    redis.call('SET', KEYS[2] .. id, '{"state":"scheduled","due":' .. (ARGV[6] + i) .. ',"message":{"v":"1","task_id":"' ..
        id .. '","agent_type":"' .. ARGV[3] .. '","payload":"{}","priority":"0","created_at":"' .. ARGV[5] ..
        '","retry_count":"0","max_retries":"3"}}')
end"""
FINISHED = """
for i = 1, tonumber(ARGV[2]) do
    local id = ARGV[1] .. '-' .. i
    local entry = redis.call('XADD', KEYS[1], '*', 'task_id', id, 'status', 'success', 'result', '{"label":"good"}',
        'processed_by', 'w1', 'agent_type', ARGV[3], 'run', '1 ' .. ARGV[5] .. ' ' .. ARGV[5] .. ' 1-1/1',
        'payload', ARGV[4])
    redis.call('SET', KEYS[2] .. id, '{"state":"succeeded","at":"' .. entry .. '"}', 'EX', 86400)
end"""
DEAD = """
for i = 1, tonumber(ARGV[2]) do
    local id = ARGV[1] .. '-' .. i
    local result = redis.call('XADD', KEYS[3], '*', 'task_id', id, 'status', 'dead', 'agent_type', ARGV[3],
        'run', '1 ' .. ARGV[5] .. ' 0 1-1/1', 'error', 'boom ' .. i)
    local entry = redis.call('XADD', KEYS[1], '*', 'task_id', id, 'agent_type', ARGV[3], 'original_payload', ARGV[4],
        'error', 'mailbox ' .. i .. ' is full, kind ' .. (i % 37), 'reason', 'failed', 'attempts', '4', 'failed_at',
        '2026-01-01T00:00:00.000Z')
    redis.call('SET', KEYS[2] .. id, '{"state":"dead","at":"' .. entry .. '","result":"' .. result .. '"}', 'EX', 86400)
end"""
STEP = 250
PAYLOAD = '{"text":"' + "x" * 100 + '"}'


class Filler:
    def __init__(self, redis):
        self.redis = redis
        self.now = int(time.time() * 1000)
        self.calls = 0

    def _run(self, script, agent, count, stream, last, lane=""):
        base = f"leat:{{{agent}}}:"
        function = self.redis.register_script(script)
        pipeline = self.redis.pipeline(transaction=False)
        for first in range(0, count, STEP):
            self.calls += 1
            function(keys=[base + stream, base + "task:", base + "results"],
                     args=[f"{agent}-{lane}{first}", min(STEP, count - first), agent, PAYLOAD, self.now, last],
                     client=pipeline)
            if first // STEP % 20 == 19:
                pipeline.execute()
        pipeline.execute()
        self.redis.sadd("leat:agents", agent)

    def ready(self, agent, count, lane="normal"):
        self._run(READY, agent, count, f"ready:{lane}", lane, lane)

    def scheduled(self, agent, count):
        self._run(SCHEDULED, agent, count, "scheduled", self.now + 3_600_000)

    def finished(self, agent, count):
        self._run(FINISHED, agent, count, "results", "")

    def dead(self, agent, count):
        self._run(DEAD, agent, count, "dead", "", "dead")

    def held(self, agent, count):
        """A worker that holds some of what waits."""
        base = f"leat:{{{agent}}}:"
        self.redis.hset(base + "control", mapping={"v": 1, "lease_ms": 30_000})
        for lane in ("critical", "high", "normal", "low"):
            self.redis.xgroup_create(base + "ready:" + lane, "workers", "0", mkstream=True)
        self.redis.xreadgroup("workers", "w1", {base + "ready:normal": ">"}, count=count)

    def minutes(self, agent, count):
        """The statistics of so many minutes, with every kind of counter."""
        fields = {name: 100 for name in ("dispatched", "succeeded", "retried", "dead", "cancelled", "expired")}
        for family in ("run", "wait", "end"):
            fields.update({f"{family}:le_{bound}": 7 for bound in (1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500)})
            fields[f"{family}:sum_ms"] = 12_345
        self.redis.hset(f"leat:{{{agent}}}:stats", mapping=fields)
        pipeline = self.redis.pipeline(transaction=False)
        this_minute = self.now // 60_000
        for ago in range(count):
            pipeline.hset(f"leat:{{{agent}}}:stats:{this_minute - ago}", mapping=fields)
        pipeline.execute()


def fill(redis, tasks):
    """About `tasks` tasks in all states, of four large agents and a hundred small ones."""
    filler = Filler(redis)
    finished, dead, small = min(100_000, tasks // 10), min(10_000, tasks // 50), tasks // 25
    scheduled = tasks // 5
    filler.ready("bulk", tasks - finished - dead - small - scheduled)
    filler.ready("bulk", 1_000, "high")
    filler.held("bulk", 200)
    filler.scheduled("later", scheduled)
    filler.finished("history", finished)
    filler.dead("failed", dead)
    for number in range(100):
        agent = f"small-{number:03}"
        filler.ready(agent, small // 100)
        filler.held(agent, 3)
        filler.minutes(agent, 60)
    filler.minutes("history", 1_440)
