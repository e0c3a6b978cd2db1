"""zeep asks PerfMon and ControlCenter, strictly. Prints what it read as JSON."""

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


perfmon = service("perfmonservice2/services/PerfmonService", "PerfmonBinding")
path = "\\\\CM1\\Cisco CallManager\\RegisteredHardwarePhones"
handle = perfmon.perfmonOpenSession()
perfmon.perfmonAddCounter(SessionHandle=handle, ArrayOfCounter={"Counter": [{"Name": path}]})
collected = perfmon.perfmonCollectSessionData(SessionHandle=handle)
perfmon.perfmonRemoveCounter(SessionHandle=handle, ArrayOfCounter={"Counter": [{"Name": path}]})
perfmon.perfmonCloseSession(SessionHandle=handle)

control_path = "controlcenterservice2/services/ControlCenterServices"
control = service(control_path, "ControlCenterServicesBinding")
extended = service(f"{control_path}Ex", "ControlCenterServicesExBinding")
products = control.getProductInformationList("")
refused = control.soapDoControlServices(
    {"NodeName": "CM1", "ControlType": "Restart", "ServiceList": {"item": ["Cisco Tftp"]}}
)

print(
    json.dumps(
        {
            "objects": [[each.Name, each.MultiInstance] for each in perfmon.perfmonListCounter("CM1")],
            "instances": [each.Name for each in perfmon.perfmonListInstance("CM1", "Cisco Phones")],
            "none": perfmon.perfmonListInstance("CM1", "Memory"),
            "about": perfmon.perfmonQueryCounterDescription(path),
            "session": [[each.Name, each.Value, each.CStatus] for each in collected],
            "phones": [
                [each.Name, each.Value] for each in perfmon.perfmonCollectCounterData("CM1", "Cisco Phones")
            ],
            "fault": fault(lambda: perfmon.perfmonCollectSessionData(handle)),
            "services": {
                each.ServiceName: each.ServiceStatus for each in control.soapGetServiceStatus([""]).ServiceInfoList.item
            },
            "refused": [each.ReasonCodeString for each in refused.ServiceInfoList.item],
            "version": products.ActiveServerVersion,
            "static": len(extended.getStaticServiceListExtended("").ServiceInfoList.item),
        }
    )
)
