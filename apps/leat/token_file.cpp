#include "token_file.hpp"

#include <fstream>

namespace leat::cli {

Result<std::string> read_token(std::string const& file) {
    std::string token;
    if (file.empty()) return token;
    std::ifstream stream(file, std::ios::binary);
    if (!stream || !std::getline(stream, token) || token.empty()) {
        return fail(ErrorCode::not_found, "read token",
                    "\"" + file + "\" has no first line that can be read; `openssl rand -hex 32 > FILE` makes one");
    }
    while (!token.empty() && (token.back() == '\r' || token.back() == ' '))
        token.pop_back();
    return token;
}

}  // namespace leat::cli
