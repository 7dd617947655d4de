import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.Executors;

/** A service that lets other programs work for it: through a shell, and directly. */
public class Server {
  private static final Map<String, String[]> WORK = Map.of(
      "/healthz", new String[] {"true"},
      "/shell", new String[] {"sh", "-c", "date -u +%F | tr - /"},
      "/program", new String[] {"uname", "-a"});

  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
    server.setExecutor(Executors.newFixedThreadPool(4));
    WORK.forEach((path, command) -> server.createContext(path, exchange -> {
      Process process = new ProcessBuilder(command).start();
      byte[] answer = process.getInputStream().readAllBytes();
      exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    }));
    server.start();
  }
}
