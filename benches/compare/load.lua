-- For wrk: POSTs the bodies in a file, one a line, over and over, and prints what came of it as a line of JSON.
-- wrk … -s load.lua URL -- FILE

local requests = {}
local next = 0

function init(args)
    for body in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
    end
end

function request()
    next = next % #requests + 1
    return requests[next]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"failed":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout
    ))
end
