-- Sends the requests of many users in turn. Arguments after "--":
-- method, a file with one access token a line, and for PATCH the body's field.
-- Requests are made once, so that the generator costs the same for every target.

local requests = {}
local next_request = 1

function init(args)
  local method, path = args[1], "/api/v1/user/me/"
  for token in io.lines(args[2]) do
    local headers = { ["Authorization"] = "Bearer " .. token }
    local body = nil
    if method == "PATCH" then
      headers["Content-Type"] = "application/json"
      body = '{"bio": "written under load ' .. #requests .. '"}'
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
end

function request()
  local request = requests[next_request]
  next_request = next_request % #requests + 1
  return request
end

function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect
    + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %.1f %.3f %.3f %d\n",
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
