import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import de.captaingoldfish.scim.sdk.common.constants.enums.HttpMethod;
import de.captaingoldfish.scim.sdk.common.constants.enums.SortOrder;
import de.captaingoldfish.scim.sdk.common.exceptions.ConflictException;
import de.captaingoldfish.scim.sdk.common.exceptions.ResourceNotFoundException;
import de.captaingoldfish.scim.sdk.common.resources.Group;
import de.captaingoldfish.scim.sdk.common.resources.ResourceNode;
import de.captaingoldfish.scim.sdk.common.resources.ServiceProvider;
import de.captaingoldfish.scim.sdk.common.resources.User;
import de.captaingoldfish.scim.sdk.common.resources.complex.FilterConfig;
import de.captaingoldfish.scim.sdk.common.resources.complex.Meta;
import de.captaingoldfish.scim.sdk.common.resources.complex.PatchConfig;
import de.captaingoldfish.scim.sdk.common.response.ErrorResponse;
import de.captaingoldfish.scim.sdk.common.response.ScimResponse;
import de.captaingoldfish.scim.sdk.common.schemas.SchemaAttribute;
import de.captaingoldfish.scim.sdk.server.endpoints.Context;
import de.captaingoldfish.scim.sdk.server.endpoints.ResourceEndpoint;
import de.captaingoldfish.scim.sdk.server.endpoints.ResourceHandler;
import de.captaingoldfish.scim.sdk.server.endpoints.base.GroupEndpointDefinition;
import de.captaingoldfish.scim.sdk.server.endpoints.base.UserEndpointDefinition;
import de.captaingoldfish.scim.sdk.server.filter.FilterNode;
import de.captaingoldfish.scim.sdk.server.response.PartialListResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A SCIM service of SCIM-SDK in memory, for the contract suite. Its log of requests is at /log; /reset empties it. */
public final class Service {
  private static final String BASE = "/scim/v2";
  private static final String TOKEN = "token";
  private static final String BY_HAND = "token-of-an-administrator";
  private static final List<String> LOG = new ArrayList<>();
  private static final List<Kept<?>> STORES = new ArrayList<>();

  /** Keeps the resources of one type; a name is taken once. */
  private static final class Kept<T extends ResourceNode> {
    private final Map<String, T> all = new LinkedHashMap<>();
    private final Function<T, String> name;
    private final String type;

    Kept(String type, Function<T, String> name) {
      this.type = type;
      this.name = name;
      STORES.add(this);
    }

    synchronized void clear() {
      all.clear();
    }

    synchronized T create(T given) {
      given.setId(UUID.randomUUID().toString());
      return put(given, Instant.now());
    }

    synchronized T update(T given) {
      return put(given, get(given.getId().orElse("")).getMeta().flatMap(Meta::getCreated).orElse(Instant.now()));
    }

    private T put(T given, Instant created) {
      String id = given.getId().orElseThrow();
      for (T each : all.values()) {
        if (!each.getId().orElse("").equals(id) && name.apply(each).equalsIgnoreCase(name.apply(given))) {
          throw new ConflictException("the name is taken");
        }
      }
      Meta meta = given.getMeta().orElseThrow();
      meta.setResourceType(type);
      meta.setCreated(created);
      meta.setLastModified(Instant.now());
      all.put(id, given);
      return given;
    }

    synchronized T get(String id) {
      if (!all.containsKey(id)) {
        throw new ResourceNotFoundException("there is no such resource");
      }
      return all.get(id);
    }

    synchronized PartialListResponse<T> list() {
      List<T> found = new ArrayList<>(all.values());
      return PartialListResponse.<T>builder().resources(found).totalResults(found.size()).build();
    }

    synchronized void delete(String id) {
      get(id);
      all.remove(id);
    }
  }

  private static final class Users extends ResourceHandler<User> {
    private final Kept<User> kept = new Kept<>("User", each -> each.getUserName().orElse(""));

    @Override public User createResource(User given, Context context) { return kept.create(given); }

    @Override public User getResource(String id, List<SchemaAttribute> some, List<SchemaAttribute> not, Context context) {
      return kept.get(id);
    }

    @Override public PartialListResponse<User> listResources(long start, int count, FilterNode filter, SchemaAttribute by,
        SortOrder order, List<SchemaAttribute> some, List<SchemaAttribute> not, Context context) {
      return kept.list();
    }

    @Override public User updateResource(User given, Context context) { return kept.update(given); }

    @Override public void deleteResource(String id, Context context) { kept.delete(id); }
  }

  private static final class Groups extends ResourceHandler<Group> {
    private final Kept<Group> kept = new Kept<>("Group", each -> each.getDisplayName().orElse(""));

    @Override public Group createResource(Group given, Context context) { return kept.create(given); }

    @Override public Group getResource(String id, List<SchemaAttribute> some, List<SchemaAttribute> not, Context context) {
      return kept.get(id);
    }

    @Override public PartialListResponse<Group> listResources(long start, int count, FilterNode filter, SchemaAttribute by,
        SortOrder order, List<SchemaAttribute> some, List<SchemaAttribute> not, Context context) {
      return kept.list();
    }

    @Override public Group updateResource(Group given, Context context) { return kept.update(given); }

    @Override public void deleteResource(String id, Context context) { kept.delete(id); }
  }

  private static ResourceEndpoint endpoint() {
    ServiceProvider provider = ServiceProvider.builder()
        .filterConfig(FilterConfig.builder().supported(true).maxResults(100).build())
        .patchConfig(PatchConfig.builder().supported(true).build())
        .build();
    ResourceEndpoint made = new ResourceEndpoint(provider);
    // The library filters and pages what the handlers list.
    made.registerEndpoint(new UserEndpointDefinition(new Users())).getFeatures().setAutoFiltering(true);
    made.registerEndpoint(new GroupEndpointDefinition(new Groups())).getFeatures().setAutoFiltering(true);
    return made;
  }

  private static void serve(ResourceEndpoint endpoint, HttpExchange exchange) throws IOException {
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    if (token == null || !(token.equals("Bearer " + TOKEN) || token.equals("Bearer " + BY_HAND))) {
      answer(exchange, 401, "{}");
      return;
    }
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Map<String, String> headers = new HashMap<>();
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
    String url = "http://" + exchange.getRequestHeaders().getFirst("Host") + exchange.getRequestURI();
    HttpMethod method = HttpMethod.valueOf(exchange.getRequestMethod());
    ScimResponse response = endpoint.handleRequest(url, method, body, headers, new Context(null));
    if (response instanceof ErrorResponse error && response.getHttpStatus() >= 500) {
      error.getScimException().printStackTrace();
    }
    if (!token.endsWith(BY_HAND)) {
      String path = exchange.getRequestURI().getPath().substring(BASE.length());
      synchronized (LOG) {
        LOG.add("{\"method\":\"" + method + "\",\"path\":\"" + path + "\",\"status\":" + response.getHttpStatus() + "}");
      }
    }
    answer(exchange, response.getHttpStatus(), response.toString());
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = status == 204 || status == 304 ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/scim+json");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  public static void main(String[] words) throws IOException {
    ResourceEndpoint endpoint = endpoint();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext(BASE, exchange -> serve(endpoint, exchange));
    server.createContext("/log", exchange -> {
      synchronized (LOG) {
        answer(exchange, 200, "[" + String.join(",", LOG) + "]");
      }
    });
    server.createContext("/reset", exchange -> {
      synchronized (LOG) {
        LOG.clear();
      }
      STORES.forEach(Kept::clear);
      answer(exchange, 200, "{}");
    });
    server.start();
    System.out.println("Ready at http://127.0.0.1:" + server.getAddress().getPort());
  }
}
