-- The server's time as ISO 8601 in UTC, by whole seconds: "2026-01-31T23:59:59Z".
local function iso_time()
    local seconds = math.floor(now_ms / 1000)
    local days = math.floor(seconds / 86400)
    local rest = seconds - days * 86400
    -- Years that begin in March put the leap day last; eras of 400 years have 146,097 days; day 0 is 0000-03-01.
    local day_number = days + 719468
    local era = math.floor(day_number / 146097)
    local day_of_era = day_number - era * 146097
    local year_of_era = math.floor((day_of_era - math.floor(day_of_era / 1460) + math.floor(day_of_era / 36524)
                                    - math.floor(day_of_era / 146096)) / 365)
    local day_of_year = day_of_era - (365 * year_of_era + math.floor(year_of_era / 4) - math.floor(year_of_era / 100))
    local month = math.floor((5 * day_of_year + 2) / 153)
    local day = day_of_year - math.floor((153 * month + 2) / 5) + 1
    local year = year_of_era + era * 400 + (month >= 10 and 1 or 0)
    return string.format('%04d-%02d-%02dT%02d:%02d:%02dZ', year, month < 10 and month + 3 or month - 9, day,
                         math.floor(rest / 3600), math.floor(rest % 3600 / 60), rest % 60)
end
