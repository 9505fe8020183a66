-- Sends the requests of a file in turn. Argument after "--": the file, one
-- request a line: method, path, credential and body, separated by tabs; the
-- last two may be empty. A credential is a token, or a token, a blank and the key
-- of an application. Requests are made once, so that the generator costs the same
-- for every target.

local requests = {}
local next_request = 1

function init(args)
  for line in io.lines(args[1]) do
    local method, path, credential, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local headers = {}
    if credential ~= "" then
      local token, application = credential:match("^(%S+) ?(%S*)$")
      headers["Authorization"] = "Bearer " .. token
      if application ~= "" then
        headers["apikey"] = application
      end
    end
    if body ~= "" then
      headers["Content-Type"] = "application/json"
    else
      body = nil
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
