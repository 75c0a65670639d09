#pragma once
// A redis-sentinel on a TCP port of this machine that watches one master, decides alone and is quick about it.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "support/replicas.hpp"

namespace leat::testing {

// A folder for the file that a sentinel keeps its knowledge in.
class SentinelFile {
  public:
    SentinelFile(std::string const& master_name, TcpServer const& master) {
        auto pattern = (std::filesystem::temp_directory_path() / "leat-sentinel-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        folder_ = pattern;
        std::ofstream(path()) << "sentinel monitor " << master_name << " 127.0.0.1 " << master.port() << " 1\n"
                              << "sentinel down-after-milliseconds " << master_name << " 500\n"
                              << "sentinel failover-timeout " << master_name << " 1000\n";
    }
    ~SentinelFile() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    SentinelFile(SentinelFile const&) = delete;
    SentinelFile& operator=(SentinelFile const&) = delete;

    [[nodiscard]] std::string path() const { return (folder_ / "sentinel.conf").string(); }

  private:
    std::filesystem::path folder_;
};

class Sentinel {
  public:
    static inline std::string const kMaster = "mymaster";

    // `replicas` are known to the sentinel when this returns.
    Sentinel(TcpServer const& master, int replicas) : file_(kMaster, master), server_({file_.path(), "--sentinel"}) {
        await([&] { return info_of("slaves") == std::to_string(replicas); }, "the sentinel knows the replicas");
        await([&] { return info_of("status") == "ok"; }, "the sentinel sees the master");
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
    [[nodiscard]] std::string url() const { return "redis+sentinel://" + server_.address() + "/" + kMaster; }
    [[nodiscard]] RedisServer& server() noexcept { return server_; }
    // Returns once the sentinel names this server.
    void await_master(TcpServer const& master) {
        auto const wanted = "127.0.0.1\n" + std::to_string(master.port());
        await(
            [&] {
                return server_.command({"SENTINEL", "get-master-addr-by-name", kMaster}) == wanted;
            },
            "the sentinel names the new master");
    }

  private:
    // From "master0:name=mymaster,status=ok,address=…,slaves=1,sentinels=1".
    [[nodiscard]] std::string info_of(std::string const& field) const {
        auto const line = info(server_, "master0");
        auto const at = line.find(field + "=");
        if (at == std::string::npos) return "";
        auto const begin = at + field.size() + 1;
        return line.substr(begin, line.find(',', begin) - begin);
    }

    SentinelFile file_;
    TcpServer server_;
};

}  // namespace leat::testing
