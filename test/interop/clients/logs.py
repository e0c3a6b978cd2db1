"""zeep asks LogCollection and CDRonDemand, strictly. Prints what it read as JSON."""

import base64
import json
import sys

import requests
import urllib3
import zeep
from zeep.transports import Transport

urllib3.disable_warnings()
host, user, password = sys.argv[1:4]
session = requests.Session()
session.trust_env = False
session.verify = False
session.auth = (user, password)
transport = Transport(session=session)


def service(path, binding):
    url = f"https://{host}:8443/{path}"
    client = zeep.Client(f"{url}?wsdl", transport=transport, settings=zeep.Settings(strict=True))
    return client.create_service("{http://schemas.cisco.com/ast/soap}" + binding, url)


def fault(ask):
    try:
        ask()
    except zeep.exceptions.Fault as error:
        return error.message
    return None


logs = service("logcollectionservice2/services/LogCollectionPortTypeService", "LogCollectionPortSoapBinding")
dime = service("logcollectionservice/services/DimeGetFileService", "DimeGetFileServiceSoapBinding")
records = service("CDRonDemandService2/services/CDRonDemandService", "CDRonDemandSoapBinding")
files = logs.selectLogFiles({"ServiceLogs": {"item": ["Cisco CallManager"]}, "Frequency": "OnDemand", "ZipInfo": False})
node = files.ResultSet.SchemaFileSelectionResult.Node
found = [file.absolutepath for each in node.ServiceList.ServiceLogs for file in each.SetOfFiles.File]
message = dime.GetOneFile(found[0])

print(
    json.dumps(
        {
            "logs": [each.ServiceLog.item for each in logs.listNodeServiceLogs("")],
            "found": found,
            "inReply": base64.b64decode(logs.GetOneFile(found[0])).decode(),
            "attached": [each.content.decode() for each in message.attachments],
            "missing": fault(lambda: logs.GetOneFile("/etc/passwd")),
            "records": fault(lambda: records.get_file_list("202001010000", "202001010100", True)),
            "push": fault(lambda: records.get_file("a", "b", "c", "d", "e", False)),
        }
    )
)
