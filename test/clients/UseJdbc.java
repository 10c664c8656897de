import java.sql.*;
import java.util.*;

/** JDBC: metadata, server-side prepared statements, cursor fetch, batches, errors. */
class UseJdbc
{
	static final String PEOPLE = "SELECT person_id, mobile, division FROM office.person";
	static final String READER = "bi_reader";
	static int count = 0;

	static void ok(boolean condition, String name, Object... found)
	{
		System.out.printf("%s %d - %s%n", condition ? "ok" : "not ok", ++count, name);
		if (!condition)
			System.err.println("# " + Arrays.toString(found));
	}

	static void equal(Object found, Object expected, String name)
	{
		ok(Objects.equals(found, expected), name, found, expected);
	}

	static Connection connect(String user, String options) throws SQLException
	{
		Properties properties = new Properties();
		properties.setProperty("user", user);
		properties.setProperty("password", System.getenv("PGPASSWORD"));
		return DriverManager.getConnection("jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT")
										   + "/postgres?" + options, properties);
	}

	static List<List<String>> rows(ResultSet result) throws SQLException
	{
		List<List<String>> rows = new ArrayList<>();
		int columns = result.getMetaData().getColumnCount();
		while (result.next())
		{
			List<String> row = new ArrayList<>();
			for (int i = 1; i <= columns; i++)
				row.add(result.getString(i));
			rows.add(row);
		}
		return rows;
	}

	static List<List<String>> rows(Connection connection, String query) throws SQLException
	{
		try (Statement statement = connection.createStatement())
		{
			return rows(statement.executeQuery(query));
		}
	}

	static void run(Connection connection, String command) throws SQLException
	{
		try (Statement statement = connection.createStatement())
		{
			statement.execute(command);
		}
	}

	static void refused(String name, String state, Callable action)
	{
		try
		{
			action.run();
			ok(false, name);
		}
		catch (SQLException error)
		{
			equal(error.getSQLState(), state, name);
		}
	}

	interface Callable
	{
		void run() throws SQLException;
	}

	static void revoke(Connection admin) throws SQLException
	{
		run(admin, "UPDATE pdauth.license SET revoke_reason = 'clients' WHERE licensee = '" + READER + "'::regrole AND revoked_at IS NULL");
	}

	static void grant(Connection admin) throws SQLException
	{
		run(admin, "INSERT INTO pdauth.license (licensee, scope, basis) VALUES ('" + READER
			+ "', '{read on civil/person,transport/vehicle_register(*) for 产业发展/车险 in 532900 during [2026-01-01,) level general}', 'clients')");
	}

	static List<List<String>> columns(DatabaseMetaData data, String schema) throws SQLException
	{
		List<List<String>> found = new ArrayList<>();
		try (ResultSet columns = data.getColumns(null, schema, "person", null))
		{
			while (columns.next())
				found.add(Arrays.asList(columns.getString("COLUMN_NAME"), columns.getString("TYPE_NAME"), columns.getString("COLUMN_SIZE"),
										columns.getString("REMARKS")));
		}
		return found;
	}

	static void metadata(Connection reader) throws SQLException
	{
		DatabaseMetaData data = reader.getMetaData();
		Map<String, String> remarks = new HashMap<>();
		try (ResultSet tables = data.getTables(null, null, "person", new String[] {"TABLE", "VIEW"}))
		{
			while (tables.next())
				if (!tables.getString("TABLE_SCHEM").equals("pdauth"))
					remarks.put(tables.getString("TABLE_SCHEM") + " " + tables.getString("TABLE_TYPE"), tables.getString("REMARKS"));
		}
		equal(remarks.keySet(), Set.of("office TABLE", "reporting VIEW"), "getTables: the table and its masked view");
		for (Map.Entry<String, String> place : remarks.entrySet())
			ok(place.getValue() != null && place.getValue().startsWith("Residents"), "getTables: REMARKS of " + place.getKey(), remarks);
		List<List<String>> types = columns(data, "office");
		ok(types.contains(List.of("mobile", "text", "2147483647", "Mobile number.")), "getColumns: a masked column has its own type and REMARKS", types);
		equal(columns(data, "reporting"), types, "getColumns of the masked view: names, types, sizes and REMARKS of the table's");
		try (ResultSet keys = data.getPrimaryKeys(null, "office", "person"))
		{
			ok(keys.next() && keys.getString("COLUMN_NAME").equals("person_id"), "getPrimaryKeys");
		}
		try (PreparedStatement statement = reader.prepareStatement("SELECT * FROM office.person"))
		{
			ResultSetMetaData shape = statement.getMetaData();
			equal(shape.getColumnTypeName(2), "text", "describe before execution");
			equal(shape.getColumnCount(), types.size(), "describe: all columns");
		}
	}

	static void reading(String options, List<List<String>> expected, Set<String> clear, Connection admin) throws SQLException
	{
		try (Connection reader = connect(READER, options))
		{
			for (String place : new String[] {"office.person", "reporting.person"})
			{
				equal(rows(reader, PEOPLE.replace("office.person", place) + " ORDER BY person_id"), expected, options + ": the licensed rows, masked, of " + place);
				List<List<String>> all = rows(reader, "SELECT * FROM " + place);
				equal(all.size(), expected.size(), options + ": all columns of " + place);
				ok(all.stream().flatMap(List::stream).noneMatch(clear::contains), options + ": no clear value among them");
			}
			try (PreparedStatement statement = reader.prepareStatement(PEOPLE + " WHERE person_id = ?"))
			{
				for (int i = 0; i < 8; i++)
				{
					statement.setLong(1, Long.parseLong(expected.get(i).get(0)));
					equal(rows(statement.executeQuery()), List.of(expected.get(i)), options + ": prepared, execution " + (i + 1));
				}
				revoke(admin);
				refused(options + ": revoked, prepared", "PD205", () -> statement.executeQuery());
				grant(admin);
				equal(rows(statement.executeQuery()).size(), 1, options + ": licensed again");
			}
		}
	}

	static void cursor(List<List<String>> expected, Connection admin) throws SQLException
	{
		try (Connection reader = connect(READER, "defaultRowFetchSize=5"))
		{
			reader.setAutoCommit(false);
			equal(rows(reader, PEOPLE + " ORDER BY person_id"), expected, "fetch in portions of 5");
			try (Statement statement = reader.createStatement())
			{
				ResultSet result = statement.executeQuery(PEOPLE);
				for (int i = 0; i < 5; i++)
					result.next();
				revoke(admin);
				refused("revoked: the next portion", "PD205", () -> result.next());
			}
			reader.rollback();
			grant(admin);
		}
	}

	public static void main(String[] arguments) throws SQLException
	{
		Connection admin = connect(System.getenv("PGUSER"), "");
		run(admin, "SET pdauth.break_glass = 'what the clients should see'");
		Set<String> clear = new HashSet<>();
		for (List<String> row : rows(admin, "SELECT citizen_id, mobile, full_name FROM office.person"))
			clear.addAll(row);
		clear.remove(null);
		List<List<String>> expected = rows(admin, "SELECT person_id, overlay(mobile PLACING '****' FROM 4 FOR 4), division"
										   + " FROM office.person WHERE division LIKE '5329%' ORDER BY person_id");
		for (String options : new String[] {"prepareThreshold=1", "prepareThreshold=5", "preferQueryMode=simple", "prepareThreshold=1&binaryTransfer=true"})
			reading(options, expected, clear, admin);
		cursor(expected, admin);
		try (Connection reader = connect(READER, ""))
		{
			metadata(reader);
			try (Statement statement = reader.createStatement())
			{
				statement.addBatch("UPDATE office.person SET mobile = NULL");
				statement.addBatch("DELETE FROM office.person");
				refused("a batch of writes", "PD214", () -> statement.executeBatch());
			}
		}
		System.out.println("1.." + count);
	}
}
