"""Uses the blog with `gql`: `blog.py ENDPOINT`. It prints the name of each step that has worked."""

import asyncio
import sys
import uuid

from gql import Client, gql
from gql.dsl import DSLQuery, DSLSchema, dsl_gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError

endpoint = sys.argv[1]

POSTS = gql("query($tag: String!) { tag(name: $tag) { posts(limit: 1) { title author { username } } } }")
CREATE_TAG = gql("mutation($name: String!) { createTag(input: { name: $name }) { tag { id } userErrors { code field } } }")
TAGS = gql("subscription { tagChanged { kind id tag { name } } }")


def new_tag():
    return {"name": f"tag {uuid.uuid4()}"}


def query(document, **variables):
    document.variable_values = variables
    return document


async def over_http():
    transport = AIOHTTPTransport(url=endpoint)
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        schema = session.client.schema
        assert schema.get_type("BlogPost").fields.keys() >= {"id", "title", "author", "tags"}
        print("introspection")

        # The client refuses it and sends nothing.
        try:
            await session.execute(gql("{ tag(name: 1) { nothing } }"))
        except GraphQLError as error:
            assert not isinstance(error, TransportQueryError), error
        else:
            raise AssertionError("an invalid query was sent")
        print("local validation")

        found = await session.execute(query(POSTS, tag="sql"))
        assert found == {"tag": {"posts": [{"title": "Link tables have columns too", "author": {"username": "tomas-novak"}}]}}, found
        print("query with variables")

        name = new_tag()
        made = (await session.execute(query(CREATE_TAG, **name)))["createTag"]
        assert made["tag"] and made["userErrors"] == [], made
        again = (await session.execute(query(CREATE_TAG, **name)))["createTag"]
        assert again == {"tag": None, "userErrors": [{"code": "TAKEN", "field": ["input", "name"]}]}, again
        print("mutation")

        try:
            await session.execute(gql("{ tags(limit: 1001) { id } }"))
        except TransportQueryError as error:
            assert error.errors[0]["extensions"] == {"code": "BAD_USER_INPUT"}, error.errors
        else:
            raise AssertionError("a limit of 1001 was taken")
        print("error")

        ds = DSLSchema(schema)
        users = ds.Query.users(limit=1, where={"username": {"eq": "ada-moreno"}}, orderBy=[{"createdAt": "DESC"}])
        fields = users.select(ds.User.username, ds.User.profile.select(ds.Profile.displayName))
        found = await session.execute(dsl_gql(DSLQuery(fields)))
        assert found == {"users": [{"username": "ada-moreno", "profile": {"displayName": "Ada Moreno"}}]}, found
        print("DSL")


def over_httpx():
    with Client(transport=HTTPXTransport(url=endpoint)) as session:
        found = session.execute(query(POSTS, tag="sql"))
        assert len(found["tag"]["posts"]) == 1, found
    print("synchronous query")


async def over_a_socket():
    transport = WebsocketsTransport(
        url=endpoint.replace("http", "ws", 1), subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL], init_payload={"token": "any"}
    )
    async with Client(transport=transport) as session:
        events = session.subscribe(TAGS)
        first = asyncio.ensure_future(anext(events))
        # The protocol does not acknowledge that a subscription has begun, so the first tags may come too early.
        while not first.done():
            await session.execute(query(CREATE_TAG, **new_tag()))
        assert (await first)["tagChanged"]["kind"] == "CREATED"
        print("subscription")

        name = new_tag()
        made = (await session.execute(query(CREATE_TAG, **name)))["createTag"]["tag"]
        async for event in events:
            if event["tagChanged"]["id"] == made["id"]:
                assert event["tagChanged"]["tag"] == name, event
                break
        await events.aclose()
        print("mutation during a subscription")


asyncio.run(over_http())
over_httpx()
asyncio.run(over_a_socket())
